"""Hidden states at chosen layers, from a forward pass that stops at the deepest of them."""

from __future__ import annotations

import contextlib
import inspect
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from ..errors import ModelError, problem
from ..models.decoder import Decoder, find_decoder, layer_states, unwrapped
from ..models.dropout import without_dropout
from ..models.encoder_decoder import only_prompt
from ..models.head import without_head


@contextlib.contextmanager
def _only_first(decoder: Decoder, count: int) -> Iterator[nn.ModuleList]:
    """Leaves the decoder with its first ``count`` layers."""
    layers = decoder.layers
    decoder.module._modules[decoder.name] = kept = nn.ModuleList(layers[:count])
    try:
        yield kept
    finally:
        decoder.module._modules[decoder.name] = layers


@contextlib.contextmanager
def _switched_off(owner: Any, rate: str) -> Iterator[None]:
    """Sets something that acts at random in training, if it is there, to 0."""
    value = getattr(owner, rate, None)
    if not value:
        yield
        return
    setattr(owner, rate, 0.0)
    try:
        yield
    finally:
        setattr(owner, rate, value)


@contextlib.contextmanager
def _gradients_above(decoder: Decoder, layer: int) -> Iterator[None]:
    """Runs the decoder up to and including a layer without gradients."""
    if layer <= 0 or not torch.is_grad_enabled():
        yield
        return

    def off(*_: Any) -> None:
        torch.set_grad_enabled(False)

    def on(_module: nn.Module, inputs: tuple[Any, ...]) -> tuple[Any, ...]:
        torch.set_grad_enabled(True)
        # Checkpointing of the reentrant kind goes back only into what was given something to go back to.
        return tuple(x.detach().requires_grad_() if _is_float(x) else x for x in inputs)

    handles = [
        decoder.module.register_forward_pre_hook(off),
        decoder.layers[layer].register_forward_pre_hook(on),
    ]
    try:
        yield
    finally:
        torch.set_grad_enabled(True)
        for handle in handles:
            handle.remove()


def _is_float(value: Any) -> bool:
    return isinstance(value, Tensor) and value.is_floating_point()


def _last_position(base: Any, device: torch.device) -> int | Tensor:
    """What asks for logits of the last position only, so that little is left of what follows the last layer.

    Gemma 4 leaves the other positions out of its upper layers too when it is asked by number, since there they only
    serve the logits.
    """
    shared = getattr(base.config.get_text_config(), "num_kv_shared_layers", 0)
    return torch.tensor([-1], device=device) if shared else 1


def token_states(
    model: Any,
    input_ids: Tensor,
    attention_mask: Tensor | None,
    layers: Sequence[int],
    *,
    position_ids: Tensor | None = None,
    gradient_layers: int | None = None,
    at: tuple[Tensor, Tensor] | None = None,
) -> Tensor:
    """Outputs of the given decoder layers at every token, or at some.

    Layers above the deepest one asked for are not run, nor is the head: no logits are made. The call goes through
    ``model`` itself, so wrappers (data-parallel engines, PEFT) do their work. The value at layer k is what
    ``output_hidden_states`` gives as ``hidden_states[k]``: at the last layer that is the state after the final norm.

    Args:
        model: a causal or classification language model, possibly wrapped.
        input_ids: (rows, tokens), padded on the right.
        attention_mask: (rows, tokens), 1 for real tokens; None: there is no padding.
        layers: decoder layers counted from 1.
        position_ids: (1, tokens), where prompts stand one after another in a row: beginning at 0 with each of them.
        gradient_layers: how many layers gradients go into, counted down from the first of ``layers``; None: all.
        at: rows and columns of the tokens wanted; None: all.

    Returns:
        (len(layers), rows, tokens, hidden size), or (len(layers), tokens wanted, hidden size), in the model's dtype,
        with gradients if they are enabled.

    Raises:
        ModelError: if the model's layers cannot be found, or their output is not (rows, tokens, hidden size).
    """
    base = unwrapped(model)
    decoder = find_decoder(model)
    # The class's own signature: trainers patch the instance's forward.
    options: dict[str, Any] = {"use_cache": False, "attention_mask": attention_mask}
    if position_ids is not None:
        options["position_ids"] = position_ids
    if "logits_to_keep" in inspect.signature(type(base).forward).parameters:
        options["logits_to_keep"] = _last_position(base, input_ids.device)
    depth = decoder.depth
    embeddings = base.get_input_embeddings() if hasattr(base, "get_input_embeddings") else None
    below = 0 if gradient_layers is None else min(layers) - gradient_layers
    with (
        _only_first(decoder, max(layers)) as kept,
        _switched_off(embeddings, "neftune_noise_alpha"),  # its noise would reach the representations
        _switched_off(decoder.module, "layerdrop"),  # it would leave out layers, the wanted ones too
        without_dropout(model),  # a prompt that has not moved would seem to have, and two that are alike to differ
        _gradients_above(decoder, below),
        only_prompt(base, input_ids) as more,
        without_head(base),
    ):
        modules = {layer: decoder.module if layer == depth else kept[layer - 1] for layer in layers}
        with _catching(modules, base) as caught:
            model(input_ids=input_ids, **options, **more)
    found = [_of_tokens(caught[layer], input_ids, layer) for layer in layers]
    return torch.stack(found if at is None else [states[at] for states in found])


@contextlib.contextmanager
def _catching(modules: Mapping[int, nn.Module], model: Any) -> Iterator[dict[int, Tensor]]:
    """Fills in the states that some modules, known by their layers' numbers, put out meanwhile."""
    caught: dict[int, Tensor] = {}
    handles = [module.register_forward_hook(_catches(layer, model, caught)) for layer, module in modules.items()]
    try:
        yield caught
    finally:
        for handle in handles:
            handle.remove()


def _catches(layer: int, model: Any, caught: dict[int, Tensor]) -> Any:
    """A hook that keeps a layer's states by its number.

    It knows nothing of the pass: numbers of rows and tokens in it would have a compiled model compiled anew for each.
    """

    def hook(_module: nn.Module, _inputs: Any, output: Any) -> None:
        caught[layer] = layer_states(output, model)

    return hook


def _of_tokens(states: Tensor, input_ids: Tensor, layer: int) -> Tensor:
    """The states (rows, tokens, hidden size) of the tokens given: prompt tuning puts virtual ones in front."""
    rows, tokens = input_ids.shape
    if states.size(0) != rows or states.size(1) < tokens:
        raise ModelError(problem(f"layer {layer}", f"states ({rows}, {tokens}, ...)", tuple(states.shape)))
    return states[:, -tokens:].to(input_ids.device)


def last_token_states(model: Any, input_ids: Tensor, attention_mask: Tensor, layers: Sequence[int]) -> Tensor:
    """As :func:`token_states`, at each row's last real token only: (len(layers), rows, hidden size)."""
    last = attention_mask.long().sum(-1) - 1
    rows = torch.arange(len(last), device=last.device)
    return token_states(model, input_ids, attention_mask, layers, at=(rows, last))
