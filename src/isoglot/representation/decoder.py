"""Finds the decoder layers of a Hugging Face model and counts among them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from torch import nn

from ..errors import ConfigError, ModelError, problem


@dataclass(frozen=True)
class Decoder:
    """Where a model keeps its layers: ``module._modules[name]`` is the list."""

    module: nn.Module
    name: str

    @property
    def layers(self) -> nn.ModuleList:
        return self.module._modules[self.name]  # type: ignore[return-value]

    @property
    def depth(self) -> int:
        return len(self.layers)


def unwrapped(model: Any) -> Any:
    """The Hugging Face model inside data-parallel, compile and PEFT wrappers."""
    while True:
        if hasattr(model, "_orig_mod"):
            model = model._orig_mod
        elif hasattr(model, "get_base_model"):
            model = model.get_base_model()
        elif isinstance(getattr(model, "module", None), nn.Module) and not hasattr(model, "config"):
            model = model.module
        else:
            return model


def find_decoder(model: Any) -> Decoder:
    """Locates the decoder layers of ``model``.

    Args:
        model: a Hugging Face model, possibly wrapped by PEFT, torch.compile or a data-parallel engine.

    Raises:
        ModelError: if no list of as many layers as the text configuration says can be found.
    """
    base = unwrapped(model)
    config = getattr(base, "config", None)
    decoder = base.get_decoder() if hasattr(base, "get_decoder") else None
    if config is not None and decoder is not None:
        depth = getattr(config.get_text_config(), "num_hidden_layers", None)
        for name, child in decoder.named_children():
            if isinstance(child, nn.ModuleList) and len(child) == depth:
                return Decoder(decoder, name)
    raise ModelError(
        problem(
            "model",
            "a Hugging Face text model whose decoder keeps its layers in one ModuleList",
            type(base).__name__,
            "Pass a model loaded by AutoModelForCausalLM or AutoModelForSequenceClassification",
        )
    )


def hidden_size(model: Any) -> int:
    """Width of the text model's hidden states."""
    return unwrapped(model).config.get_text_config().hidden_size


def freeze_above(model: Any, layer: int) -> None:
    """Leaves only decoder layers 1 to ``layer`` and the input embeddings to be trained.

    What lies above (further layers, the final norm, the head) keeps what the model has learnt before: how an intention
    becomes words in each language. Embeddings that are also the head's are kept too.

    Args:
        model: a Hugging Face model, not wrapped.
        layer: counted from 1.
    """
    decoder = find_decoder(model)
    embeddings, head = model.get_input_embeddings(), model.get_output_embeddings()
    model.requires_grad_(False)
    for trained in decoder.layers[:layer]:
        trained.requires_grad_(True)
    embeddings.requires_grad_(head is None or head.weight is not embeddings.weight)


def resolve_layer(layer: int | float, depth: int, *, where: str = "consistency.layer") -> int:
    """The decoder layer meant, counted from 1.

    Args:
        layer: 1 to ``depth``; negative from the top (-1 is the last); a float in (0, 1] is a share of the depth,
            rounded to the nearest layer, at least 1.
        depth: number of decoder layers.
        where: the setting, for messages.

    Raises:
        ConfigError: for a layer that the model does not have.

    Example:
        >>> resolve_layer(0.5, 28), resolve_layer(-1, 28), resolve_layer(3, 28)
        (14, 28, 3)
    """
    expected = f"a layer from 1 to {depth}, -{depth} to -1 from the top, or a share in (0, 1]"
    if isinstance(layer, bool) or not isinstance(layer, (int, float)):
        raise ConfigError(problem(where, expected, repr(layer)))
    if isinstance(layer, float):
        if not 0 < layer <= 1:
            raise ConfigError(problem(where, expected, layer))
        return max(1, round(layer * depth))
    if not 1 <= abs(layer) <= depth:
        raise ConfigError(problem(where, expected, layer))
    return layer if layer > 0 else depth + 1 + layer
