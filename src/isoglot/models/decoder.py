"""Finds the layers of a Hugging Face model that read the prompt."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from torch import Tensor, nn

from ..errors import ModelError, problem
from .soft_prompts import virtual_tokens


@dataclass(frozen=True)
class Decoder:
    """Where a model keeps the layers that read the prompt: ``module._modules[name]`` is the list.

    Of an encoder-decoder these are the encoder's: only they see the prompt.
    """

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
        elif isinstance(getattr(model, "module", None), nn.Module) and not _is_configured(model):
            model = model.module
        else:
            return model


def _is_configured(model: Any) -> bool:
    """Whether this is a Hugging Face model itself.

    A DeepSpeed engine has a ``config`` too, which is another thing; Lightning Fabric's wrapper shows its model's.
    """
    return hasattr(vars(model).get("config"), "get_text_config")


def is_encoder_decoder(model: Any) -> bool:
    """Whether one half of the model reads the prompt and another writes the answer."""
    base = unwrapped(model)
    flag = getattr(getattr(base, "config", None), "is_encoder_decoder", False)
    return bool(flag) and "decoder_input_ids" in inspect.signature(type(base).forward).parameters


def find_decoder(model: Any) -> Decoder:
    """Locates the decoder layers of ``model``, or the encoder layers of an encoder-decoder.

    No table of names: the list sought is as long as the text configuration says, and lies in what the model itself
    gives as its decoder (encoder), or else in a part that has the text configuration, so not in a tower for images.

    Args:
        model: a Hugging Face model, possibly wrapped by PEFT, torch.compile or a data-parallel engine.

    Raises:
        ModelError: if there is no such list, or several that may be meant.
    """
    base = unwrapped(model)
    for part, depth in _places(base):
        found = list(lists_of(part, depth))
        if len(found) > 1:  # other lists may be as long by chance
            found = [one for one in found if _checkpointable(one.layers)]
        if len(found) == 1:
            return found[0]
    raise ModelError(
        problem(
            "model",
            "a Hugging Face text model that keeps its layers in one ModuleList, as many as its configuration says",
            type(base).__name__,
            "Pass a model loaded by AutoModelForCausalLM or AutoModelForSequenceClassification",
        )
    )


def _places(base: Any) -> Iterator[tuple[nn.Module, int]]:
    """Parts of a model in which its layers may be, the likeliest first, and how many layers are sought there."""
    config = getattr(base, "config", None)
    if config is None:
        return
    if is_encoder_decoder(base):
        encoder = base.get_encoder()
        if encoder is not base and base.main_input_name == "input_ids":  # it may also read images or sound
            yield encoder, getattr(encoder, "config", config).get_text_config().num_hidden_layers
        return
    text = config.get_text_config()
    depth = getattr(text, "num_hidden_layers", None)
    if depth is not None and hasattr(base, "get_decoder"):
        decoder = base.get_decoder()
        if decoder is not base:
            yield decoder, depth
        textual = next((part for part in base.modules() if type(getattr(part, "config", None)) is type(text)), None)
        if textual is not None:
            yield textual, depth


def _checkpointable(layers: nn.ModuleList) -> bool:
    """Whether these are layers in transformers' own eyes: what gradient checkpointing recomputes one by one."""
    from transformers.modeling_layers import GradientCheckpointingLayer

    return all(isinstance(layer, GradientCheckpointingLayer) for layer in layers)


def lists_of(part: nn.Module, depth: int | None) -> Iterator[Decoder]:
    """Lists of ``depth`` modules in a part of a model, but none inside a list."""
    for name, child in part.named_children():
        if not isinstance(child, nn.ModuleList):
            yield from lists_of(child, depth)
        elif len(child) == depth:
            yield Decoder(part, name)


def hidden_size(model: Any) -> int:
    """Width of the hidden states of the layers that :func:`find_decoder` finds."""
    base = unwrapped(model)
    config = base.config
    if is_encoder_decoder(base):
        config = getattr(base.get_encoder(), "config", config)
    made: int = config.get_text_config().hidden_size
    return made


def most_positions(model: Any) -> int | None:
    """The longest text that a model takes, in tokens, where its configuration says so.

    The virtual tokens of a soft prompt take their room.
    """
    found = getattr(unwrapped(model).config.get_text_config(), "max_position_embeddings", None)
    return found - virtual_tokens(model) if isinstance(found, int) and found > 0 else None


def layer_states(output: Any, model: Any) -> Tensor:
    """The hidden states (rows, tokens, hidden size) in what a layer, or a whole stack of layers, puts out.

    Gemma 3n keeps several streams of states, (streams, rows, tokens, hidden size). The active one is taken: attention
    and feed-forward network read it and correct the others by what they found, so that it is what states are elsewhere.

    Raises:
        ModelError: for an output of any other shape.
    """
    states = output if isinstance(output, Tensor) else output[0]
    active = getattr(unwrapped(model).config.get_text_config(), "altup_active_idx", None)
    if states.dim() == 4 and active is not None:
        states = states[active]
    if states.dim() != 3:
        raise ModelError(problem("a layer", "an output of (rows, tokens, hidden size)", tuple(states.shape)))
    return states


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
