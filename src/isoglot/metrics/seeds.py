"""Two levels of chance: which seeds were trained with, and which prompts were asked."""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from .bootstrap import counted, percentiles, rates_drawn
from .wilson import all_alike

DRAWS, CONFIDENCE = 2000, 0.95


class Slot(NamedTuple):
    """One place of a resample: for each draw the seed that stands there, and how often each of its prompts."""

    seed: np.ndarray  # (draws,)
    times: Sequence[np.ndarray]  # for each seed (draws with this seed, prompts)


def resample(prompts: Sequence[int], *, shared: bool, draws: int = DRAWS, seed: int = 0) -> list[Slot]:
    """Draws as many seeds as there are, and for each of them as many prompts as it has, with replacement.

    Args:
        prompts: how many each seed was tested on.
        shared: whether all seeds were tested on the same prompts: then one draw of prompts stands for all of them,
            since more seeds do not make these prompts more of a sample of all prompts.
        draws: how many.
        seed: of the drawing; the same numbers for every setting with as many seeds and prompts, so that settings are
            compared on the same draws.

    Returns:
        A slot for each seed.
    """
    rng = np.random.default_rng(seed)
    count = len(prompts)
    which = rng.integers(count, size=(draws, count))
    common = _times(rng, draws, prompts[0]) if shared and count else None
    slots = []
    for place in range(count):
        rows = [which[:, place] == number for number in range(count)]
        times = [
            common[row] if common is not None else _times(rng, int(row.sum()), prompts[number])
            for number, row in enumerate(rows)
        ]
        slots.append(Slot(which[:, place], times))
    return slots


def _times(rng: np.random.Generator, draws: int, prompts: int) -> np.ndarray:
    """(draws, prompts): how often each prompt was drawn."""
    if not draws or not prompts:
        return np.zeros((draws, prompts))
    return counted(rng.integers(prompts, size=(draws, prompts)), prompts).astype(float)


def resampled_rates(tables: Sequence[np.ndarray], slots: Sequence[Slot]) -> np.ndarray:
    """(draws, slots, languages): each language's share; NaN where nothing is known.

    Args:
        tables: for each seed (prompts, languages), 1, 0 or NaN.
        slots: of :func:`resample`.
    """
    draws, languages = len(slots[0].seed), tables[0].shape[1]
    found = np.full((draws, len(slots), languages), np.nan)
    for place, slot in enumerate(slots):
        for number, (table, times) in enumerate(zip(tables, slot.times, strict=True)):
            found[slot.seed == number, place] = rates_drawn(table, times)
    return found


def rates(tables: Sequence[np.ndarray]) -> np.ndarray:
    """(1, seeds, languages): the shares as they are, in the shape of :func:`resampled_rates`."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # a mean of nothing is NaN
        return np.stack([np.nanmean(table, axis=0) for table in tables])[None]


def statistic(shares: np.ndarray, name: str, *, high_is_good: bool) -> np.ndarray:
    """(draws,): the mean over languages, or the worst language, of each seed; averaged over the seeds.

    Args:
        shares: (draws, seeds, languages).
        name: ``mean`` or ``worst``.
        high_is_good: whether the worst is the least.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        if name == "mean":
            of_seed = np.nanmean(shares, axis=2)
        else:
            of_seed = np.nanmin(shares, axis=2) if high_is_good else np.nanmax(shares, axis=2)
        made: np.ndarray = np.nanmean(of_seed, axis=1)
        return made


def interval(
    draws: np.ndarray,
    value: float,
    *,
    seeds: int,
    prompts: int = 0,
    least: float = 0.0,
    confidence: float = CONFIDENCE,
) -> tuple[float, float]:
    """The middle of the draws, made fit for few seeds; NaN for no draws.

    A bootstrap over n seeds knows a spread that is too small by the square root of (n - 1) / n: the interval is
    stretched by as much about the value, and reaches to the value at least. Where all outcomes are alike it knows no
    spread at all: the interval is Wilson's, a prompt being one trial.

    Args:
        draws: the statistic in each draw.
        value: the statistic of the data.
        seeds: how many there are; 1 is not stretched, since only prompts were drawn.
        prompts: trials for Wilson's interval; 0 for none.
        least: what the statistic may be: 0 for a share, -1 for a difference of two.
        confidence: of the two-sided interval.
    """
    known = draws[~np.isnan(draws)]
    if not known.size:
        return float("nan"), float("nan")
    if value in (0.0, 1.0) and prompts:
        found = all_alike(value, prompts, confidence=confidence)
        return found.low, found.high
    ends = percentiles(known, confidence)
    stretch = math.sqrt(seeds / (seeds - 1)) if seeds > 1 else 1.0
    low, high = (min(1.0, max(least, value + stretch * (end - value))) for end in ends)
    return min(low, value), max(high, value)


def interval_of_worst(
    drawn: np.ndarray, shares: np.ndarray, value: float, *, prompts: int, high_is_good: bool
) -> tuple[float, float]:
    """An interval of the rate that the worst language truly has, averaged over seeds; wide rather than narrow.

    The worst of several languages that were measured is worse than the worst truly is, since chance chooses it, and the
    worst of a resample is worse still. Towards the worse end the draws therefore are an interval that is wide enough.
    Towards the better end they are not: no language can be better than its own interval, so the nearest of these ends
    is taken, each at the confidence that holds for all languages at once (Bonferroni).

    Args:
        drawn: (draws, seeds, languages), of :func:`resampled_rates`.
        shares: (1, seeds, languages), of :func:`rates`.
        value: the statistic of the data.
        prompts: trials for Wilson's interval, where a language's outcomes are all alike.
        high_is_good: whether the worst is the least.
    """
    seeds, languages = shares.shape[1], shares.shape[2]
    low, high = interval(statistic(drawn, "worst", high_is_good=high_is_good), value, seeds=seeds, prompts=prompts)
    each = 1 - (1 - CONFIDENCE) / languages
    ends = []
    for place in range(languages):
        of_one = slice(place, place + 1)
        draws, own = (statistic(of[:, :, of_one], "mean", high_is_good=high_is_good) for of in (drawn, shares))
        ends.append(interval(draws, float(own[0]), seeds=seeds, prompts=prompts, confidence=each)[int(high_is_good)])
    known = [end for end in ends if not math.isnan(end)]
    if not known:
        return low, high
    return (low, max(value, min(known))) if high_is_good else (min(value, max(known)), high)
