"""Tokens drawn at a temperature, each answer by a generator of its own: its batch changes nothing in it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple


class Draw(NamedTuple):
    """How one answer is drawn.

    Attributes:
        temperature: 0 takes the likeliest token always.
        seed: of its random numbers.
    """

    temperature: float = 0.0
    seed: int = 0


_TINY = 1e-30  # a wait of zero has no logarithm


class GumbelNoise:
    """Logits to which the largest is a draw from their softmax at a temperature (the Gumbel-max trick).

    Given to greedy decoding in place of sampling, which has one generator for a whole batch: an answer would then
    depend on its neighbours, and one that a kill cut off would not come again.

    Args:
        draws: one a row of the batch.
    """

    def __init__(self, draws: Sequence[Draw]) -> None:
        import torch

        self._draws = draws
        # On the CPU, since generators of devices differ.
        self._generators = [torch.Generator().manual_seed(draw.seed) for draw in draws]

    def __call__(self, _ids: Any, scores: Any) -> Any:
        """The logits of the next token, (rows, tokens), with noise; rows at temperature 0 as they are."""
        import torch

        noisy = scores.clone()
        for row, (draw, generator) in enumerate(zip(self._draws, self._generators, strict=True)):
            if draw.temperature > 0:
                waits = torch.empty(scores.shape[1]).exponential_(generator=generator).clamp_(min=_TINY)
                noisy[row] = scores[row] / draw.temperature - waits.log().to(scores.device)
        return noisy
