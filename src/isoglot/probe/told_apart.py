"""How well the line that tells harmful from harmless prompts in the pivot does so in each language."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

FOLDS = 5


def places_along(states: Tensor, mask: Tensor, harmful: Tensor, pivot: int) -> Tensor:
    """Where prompts lie along the line from harmless to harmful, as the pivot's prompts draw it.

    The line goes through the means of both kinds. That of a prompt is drawn by groups of other folds: no prompt is
    placed by itself, nor by a translation of itself.

    Args:
        states: (groups, languages, dim), of one layer.
        mask: (groups, languages) bool, which are there; each group has its pivot.
        harmful: (groups,) bool; at least two groups of each kind.
        pivot: its place among the languages.

    Returns:
        (groups, languages), without unit: 0 half-way between the means, 1/2 at the harmful one, -1/2 at the harmless
        one; NaN where there is no prompt.
    """
    folds = _folds(harmful)
    places = states.new_full(mask.shape, torch.nan)
    for fold in range(int(folds.max()) + 1):
        inside, others = folds == fold, folds != fold
        ends = [states[others & kind, pivot].mean(0) for kind in (harmful, ~harmful)]
        line, middle = ends[0] - ends[1], (ends[0] + ends[1]) / 2
        places[inside] = (states[inside] - middle) @ line / line.square().sum().clamp_min(1e-30)
    return places.masked_fill(~mask, torch.nan)


def _folds(harmful: Tensor) -> Tensor:
    """(groups,): numbers of folds, each kind dealt out one by one."""
    count = min(FOLDS, int(harmful.sum()), int((~harmful).sum()))
    folds = torch.empty(len(harmful), dtype=torch.long)
    for kind in (harmful, ~harmful):
        folds[kind] = torch.arange(int(kind.sum())) % count
    return folds


class ToldApart(NamedTuple):
    """By draw of the prompts and language; NaN where a language lacks a kind.

    Attributes:
        separability: how often a harmful prompt lies further along the line than a harmless one (area under the ROC
            curve), 0 to 1; 1/2 by chance.
        transfer: share of prompts on their side of the pivot's middle, the mean of both kinds; 1/2 by chance.
        gap: between the means of both kinds; 1 is that of the pivot's prompts that draw the line. The pivot's own is
            less, since it is of prompts that do not draw it: the fewer do, the more their chance draws it.
        shift: where the middle between the two means is; 0 is the pivot's, 1/2 as far as the pivot's harmful prompts.
    """

    separability: np.ndarray
    transfer: np.ndarray
    gap: np.ndarray
    shift: np.ndarray


def told_apart(places: np.ndarray, harmful: np.ndarray, times: np.ndarray) -> ToldApart:
    """How well two kinds are told apart, in each of some draws.

    Args:
        places: (groups, languages), from :func:`places_along`.
        harmful: (groups,) bool.
        times: (draws, groups), how often a group is in a draw.

    Returns:
        Each (draws, languages).
    """
    found = [_of_language(column, harmful, times) for column in places.T]
    return ToldApart(*(np.stack(values, axis=1) for values in zip(*found, strict=True)))


def _of_language(places: np.ndarray, harmful: np.ndarray, times: np.ndarray) -> tuple[np.ndarray, ...]:
    there = ~np.isnan(places)
    up, down = there & harmful, there & ~harmful
    if not up.any() or not down.any():
        return (np.full(len(times), np.nan),) * len(ToldApart._fields)
    high, low, often_high, often_low = places[up], places[down], times[:, up], times[:, down]
    above = (high[:, None] > low).astype(float) + (high[:, None] == low) / 2
    with np.errstate(invalid="ignore", divide="ignore"):  # a draw without any of a kind has no value
        pairs = often_high.sum(1) * often_low.sum(1)
        separability = ((often_high @ above) * often_low).sum(1) / pairs
        means = [often @ at / often.sum(1) for often, at in ((often_high, high), (often_low, low))]
        right = often_high @ (high > 0) / often_high.sum(1) + often_low @ (low < 0) / often_low.sum(1)
    return separability, right / 2, means[0] - means[1], (means[0] + means[1]) / 2
