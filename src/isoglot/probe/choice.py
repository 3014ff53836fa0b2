"""Which layer the term may look at, by what a probe has measured."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

CONFIDENCE = 0.95
_CHANCE = (1 - CONFIDENCE) / 2
_CLOSEST = "prompts of one meaning lie closest together, compared with prompts of one language"


class Choice(NamedTuple):
    """A layer, and why.

    Attributes:
        layer: from 1.
        reason: a sentence without its capital and its dot.
        near: share of the draws of prompts in which the same rule picks this layer or one next to it; None where
            nothing was chosen by it.
    """

    layer: int
    reason: str
    near: float | None = None


def choose(separability: np.ndarray | None, contrast: np.ndarray, *, pivot: str) -> Choice:
    """The layer where prompts lie by meaning more than by language, of those that tell harmful from harmless best.

    A layer is one of these unless the best one is better by more than chance: the interval of the paired difference
    over draws of the prompts is above 0. Where not even the best one tells them apart in half of the languages nothing
    is chosen: it is half of the depth, as the term has it by itself.

    Args:
        separability: (1 + draws, layers, languages but the pivot), that of the data first; None: prompts are of one
            kind.
        contrast: (1 + draws, layers), silhouette by meaning less silhouette by language (LASA, arXiv 2604.12710).
        pivot: its tag, for the sentence.
    """
    depth = contrast.shape[1]
    if separability is None:
        layer, near = _picked(contrast, np.ones(depth, bool))
        unknown = "with fewer than two groups of a kind nothing is known of how harmful and harmless are told apart"
        return Choice(layer, f"{_CLOSEST} there ({unknown})", near)
    means = np.nanmean(separability, axis=2)
    best = int(means[0].argmax())
    apart = int((np.nanquantile(separability[1:, best], _CHANCE, axis=0) > 0.5).sum())
    among = separability.shape[2]
    told = f"what tells harmful from harmless in {pivot} does so in"
    if 2 * apart < among:
        why = f"half of the depth, as the term has it by itself: {told} {apart} of {among} other languages at best, so "
        return Choice(max(1, round(depth / 2)), f"{why}that these measures say nothing of layers")
    behind = np.nanquantile(means[1:, [best]] - means[1:], _CHANCE, axis=0)
    layer, near = _picked(contrast, behind <= 0)
    shares = f"{means[0, layer - 1]:.2f}; {means[0, best]:.2f} at layer {best + 1}"
    why = f"{told} the other languages as well as at any layer, within chance ({shares}), and of all such layers it is "
    return Choice(layer, f"{why}where {_CLOSEST}", near)


def _picked(contrast: np.ndarray, allowed: np.ndarray) -> tuple[int, float]:
    """The allowed layer of the largest contrast, and in how many of the draws it or one next to it is picked."""
    picked = np.where(allowed, contrast, -np.inf).argmax(1)
    return int(picked[0]) + 1, float((np.abs(picked[1:] - picked[0]) <= 1).mean())
