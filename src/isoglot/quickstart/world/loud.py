"""The embedded model with a loud coordinate: as in real models, one number holds nearly all of each state's norm."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from ...models.chat import encode

LOUDNESS = 6.0  # the loud coordinate, times the length of all others together: it then holds 97 % of the squared norm


@torch.no_grad()
def with_loud_coordinate(model: Any, tokenizer: Any, texts: Sequence[str], *, loudness: float = LOUDNESS) -> Any:
    """A model a little wider that says nearly the same, and whose states all look alike.

    The last coordinate has one constant value in the residual stream, from the embeddings on, and no layer reads it. It
    does what massive activations do (arXiv 2402.17762): it takes the norm over, so that the cosine of any two states is
    near 1, and RMS norms divide by nearly the same number at each token. Their weights are set to make up for that at
    the mean of the given texts.

    Args:
        model: a Llama.
        tokenizer: its tokenizer.
        texts: prompts, to measure lengths of states with.
        loudness: see ``LOUDNESS``; relative to the longest mean state of any layer.
    """
    from transformers import LlamaConfig, LlamaForCausalLM

    squares = _mean_squares(model, tokenizer, texts)
    old, more = model.config.hidden_size, model.config.num_attention_heads  # heads must divide the width
    value = loudness * (max(squares.values()) * model.config.hidden_size) ** 0.5
    settings = model.config.to_dict() | {"hidden_size": old + more, "head_dim": model.config.head_dim}
    loud = LlamaForCausalLM(LlamaConfig(**settings)).to(model.dtype)
    loud.generation_config = model.generation_config
    weights = {name: parameter.clone() for name, parameter in model.state_dict().items()}
    for name, square in squares.items():
        ratio = (square * old + value**2) / (old + more) / square
        weights[f"{name}.weight"] *= ratio**0.5
    for name, target in loud.state_dict().items():
        target.zero_()
        part = weights[name]
        target[tuple(slice(0, size) for size in part.shape)] = part
    loud.get_input_embeddings().weight[:, -1] = value
    return loud.eval()


def _mean_squares(model: Any, tokenizer: Any, texts: Sequence[str]) -> dict[str, float]:
    """By name of each norm: the mean square of a coordinate that comes in, over the tokens of the texts."""
    sums: dict[str, list[Tensor]] = {}
    with _watching(model, sums):
        for text in texts:
            model(input_ids=torch.tensor([encode(tokenizer, text)]))
    return {name: torch.cat(values).mean().item() for name, values in sums.items()}


@contextmanager
def _watching(model: Any, sums: dict[str, list[Tensor]]) -> Iterator[None]:
    def watch(name: str) -> Any:
        return lambda _module, inputs: sums.setdefault(name, []).append(inputs[0].square().mean(-1).flatten())

    norms: list[tuple[str, nn.Module]] = [(n, m) for n, m in model.named_modules() if type(m).__name__.endswith("Norm")]
    handles = [module.register_forward_pre_hook(watch(name)) for name, module in norms]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()
