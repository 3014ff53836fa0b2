"""Which layer the term may look at, by what a probe has measured."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..models.layers import resolve_layer

CONFIDENCE = 0.95
_CHANCE = (1 - CONFIDENCE) / 2
DEFAULT = 0.5  # of the depth, as the term has it by itself
_CLOSEST = "prompts of one meaning lie closest together, compared with prompts of one language"


class Choice(NamedTuple):
    """A layer, and why.

    Attributes:
        layer: from 1.
        reason: a sentence without its capital and its dot.
        near: share of the draws of prompts in which the same rule picks this layer or one next to it; None where
            nothing was chosen by it, or prompts are too few to be drawn.
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
        separability: (1 + draws, layers, languages but the pivot), that of the data first, NaN where a language lacks a
            kind; None: prompts are of one kind.
        contrast: (1 + draws, layers), silhouette by meaning less silhouette by language (LASA, arXiv 2604.12710).
        pivot: its tag, for the sentence.
    """
    known = np.zeros(0, bool) if separability is None else ~np.isnan(separability[0]).any(axis=0)
    if separability is None or not known.any():
        picked, why = contrast.argmax(1), "with fewer than two groups of a kind"
        if known.size:
            why = "as no other language has prompts of both kinds"
        unknown = f"{why} nothing is known of how harmful and harmless are told apart"
        return Choice(int(picked[0]) + 1, f"{_CLOSEST} there ({unknown})", _near(picked, contrast))
    told = separability[:, :, known]
    drawn = ~np.isnan(told).all(axis=(1, 2))  # the few prompts of a language may be in no draw
    told, contrast = told[drawn], contrast[drawn]
    means = np.nanmean(told, axis=2)
    best, apart, among = means.argmax(1), _languages_told_apart(told, means), told.shape[2]
    says = f"what tells harmful from harmless in {pivot} does so in"
    default = resolve_layer(DEFAULT, contrast.shape[1])
    if 2 * apart[0] < among:
        why = f"half of the depth, as the term has it by itself: {says} {apart[0]} of {among} other languages at best, "
        return Choice(default, f"{why}so that these measures say nothing of layers")
    picked = np.where(_as_good(means), contrast, -np.inf).argmax(1)
    near = _near(np.where(2 * apart < among, default - 1, picked), contrast)
    layer = int(picked[0]) + 1
    shares = f"{means[0, layer - 1]:.2f}; {means[0, best[0]]:.2f} at layer {best[0] + 1}"
    why = f"{says} the other languages as well as at any layer, within chance ({shares}), and of all such layers it is "
    return Choice(layer, f"{why}where {_CLOSEST}", near)


def _languages_told_apart(told: np.ndarray, means: np.ndarray) -> np.ndarray:
    """(1 + draws,): in how many languages the layer of the best mean tells them apart.

    That layer is the best of many, and one of many is good by chance: a language must lie above 1/2 by more than the
    luckiest layer of a draw lies above its own value, in all but 2.5 % of the draws.
    """
    reach = np.nanquantile((told[1:] - told[0]).max(axis=1), 1 - _CHANCE, axis=0)
    made: np.ndarray = (told[np.arange(len(told)), means.argmax(1)] - reach > 0.5).sum(1)
    return made


def _as_good(means: np.ndarray) -> np.ndarray:
    """(1 + draws, layers): which are behind the best one by no more than chance, each draw having a best one."""
    good, best = np.zeros(means.shape, bool), means.argmax(1)
    for layer in np.unique(best):
        apart = means[:, [layer]] - means
        low = np.quantile(apart[1:], _CHANCE, axis=0)
        here = best == layer
        good[here] = apart[here] <= (apart[0] - low).clip(0)
    return good


def _near(picked: np.ndarray, contrast: np.ndarray) -> float | None:
    """In how many of the draws the layer or one next to it is picked; None where all draws are the same prompts."""
    if (contrast == contrast[0]).all():
        return None
    return float((np.abs(picked[1:] - picked[0]) <= 1).mean())
