"""Hidden states of the last token at chosen layers, from a forward pass that stops at the deepest of them."""

from __future__ import annotations

import contextlib
import inspect
from collections.abc import Iterator, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from ..errors import ModelError, problem
from ..groups.tokenization import buckets
from .decoder import Decoder, find_decoder, unwrapped

MAX_TOKENS = 4096  # padded tokens in one forward pass


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
def _without_embedding_noise(model: Any) -> Iterator[None]:
    """Switches NEFTune's noise off: it would reach the representations."""
    embeddings: Any = model.get_input_embeddings() if hasattr(model, "get_input_embeddings") else None
    alpha = getattr(embeddings, "neftune_noise_alpha", None)
    if alpha is None:
        yield
        return
    embeddings.neftune_noise_alpha = 0.0
    try:
        yield
    finally:
        embeddings.neftune_noise_alpha = alpha


def token_states(model: Any, input_ids: Tensor, attention_mask: Tensor, layers: Sequence[int]) -> Tensor:
    """Outputs of the given decoder layers at every token.

    Layers above the deepest one asked for are not run, and logits are made for one position at most. The call goes
    through ``model`` itself, so wrappers (data-parallel engines, PEFT) do their work. The value at layer k is what
    ``output_hidden_states`` gives as ``hidden_states[k]``: at the last layer that is the state after the final norm.

    Args:
        model: a causal or classification language model, possibly wrapped.
        input_ids: (rows, tokens), padded on the right.
        attention_mask: (rows, tokens), 1 for real tokens.
        layers: decoder layers counted from 1.

    Returns:
        (len(layers), rows, tokens, hidden size), in the model's dtype, with gradients if they are enabled.

    Raises:
        ModelError: if the model's layers cannot be found, or their output is not (rows, tokens, hidden size).
    """
    base = unwrapped(model)
    decoder = find_decoder(model)
    caught: dict[int, Tensor] = {}

    def catch(layer: int) -> Any:
        def hook(_module: nn.Module, _inputs: Any, output: Any) -> None:
            states = output if isinstance(output, Tensor) else output[0]
            if states.dim() != 3:
                raise ModelError(
                    problem(f"layer {layer}", "an output of shape (rows, tokens, hidden size)", tuple(states.shape))
                )
            caught[layer] = states

        return hook

    # The class's own signature: trainers patch the instance's forward.
    options: dict[str, Any] = {"use_cache": False}
    if "logits_to_keep" in inspect.signature(type(base).forward).parameters:
        options["logits_to_keep"] = 1
    depth = decoder.depth
    with _only_first(decoder, max(layers)) as kept, _without_embedding_noise(base):
        modules = {layer: decoder.module if layer == depth else kept[layer - 1] for layer in layers}
        handles = [module.register_forward_hook(catch(layer)) for layer, module in modules.items()]
        try:
            model(input_ids=input_ids, attention_mask=attention_mask, **options)
        finally:
            for handle in handles:
                handle.remove()
    tokens = input_ids.size(1)  # prompt tuning puts virtual ones in front
    device = input_ids.device
    return torch.stack([caught[layer][:, -tokens:].to(device) for layer in layers])


def last_token_states(model: Any, input_ids: Tensor, attention_mask: Tensor, layers: Sequence[int]) -> Tensor:
    """As :func:`token_states`, at each row's last real token only: (len(layers), rows, hidden size)."""
    states = token_states(model, input_ids, attention_mask, layers)
    last = attention_mask.long().sum(-1) - 1
    return states[:, torch.arange(states.size(1), device=last.device), last]


def prompt_states(model: Any, prompts: Sequence[Sequence[int]], layers: Sequence[int], *, pad: int) -> Tensor:
    """Last-token states of prompts of any lengths, in forward passes over prompts of like length.

    Args:
        model: as for :func:`token_states`.
        prompts: token ids, prompt by prompt.
        layers: decoder layers counted from 1.
        pad: token id to fill up with.

    Returns:
        (len(layers), len(prompts), hidden size), in the order given.
    """
    size = max(1, MAX_TOKENS // max(len(prompt) for prompt in prompts))
    found, places = [], []
    for bucket in buckets(prompts, pad, size=size, device=next(model.parameters()).device):
        found.append(last_token_states(model, bucket.input_ids, bucket.attention_mask, layers))
        places += bucket.places
    order = torch.tensor(places, device=found[0].device).argsort()
    return torch.cat(found, dim=1)[:, order]
