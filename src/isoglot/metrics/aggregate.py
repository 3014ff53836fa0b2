"""One rate over several languages, in two ways: they differ where languages differ in size."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from .compare import Interval, mean_over_languages, percentiles, times_drawn
from .rates import Rate, wilson

RESAMPLES = 1000
Table = np.ndarray | Sequence[Sequence[float]]  # (prompts, languages): 1, 0, or NaN where nothing is known


def macro(table: Table, *, confidence: float = 0.95, resamples: int = RESAMPLES, seed: int = 0) -> Interval:
    """The mean of the languages' rates: every language counts the same, however many prompts it has.

    Args:
        table: (prompts, languages), 1 for success, 0 for none, NaN where there is no outcome.
        confidence: of the two-sided interval.
        resamples: of the bootstrap.
        seed: of the bootstrap.

    Returns:
        The mean with a bootstrap interval over prompts, one prompt in all its languages being one cluster (arXiv
        2411.00640). Where all outcomes are alike a bootstrap shows no spread, and the interval is Wilson's with a
        prompt as one trial. NaN for no outcome.

    Example:
        >>> round(macro([[0, 1], [0, 1], [float("nan"), 1]]).value, 2)
        0.5
    """
    known = _known(table)
    found = mean_over_languages(table, confidence=confidence, resamples=resamples, seed=seed)
    if known and found.value in (0.0, 1.0):
        return _alike(found.value, known, confidence)
    return found


def micro(table: Table, *, confidence: float = 0.95, resamples: int = RESAMPLES, seed: int = 0) -> Rate:
    """The rate pooled over all responses: a language counts by its number of prompts.

    Args:
        table: as for :func:`macro`.
        confidence: of the two-sided interval.
        resamples: of the bootstrap.
        seed: of the bootstrap.

    Returns:
        The rate and its counts, with an interval as that of :func:`macro`.

    Example:
        >>> micro([[0, 1], [0, 1], [float("nan"), 1]])[3:]
        (3, 5)
    """
    outcomes = np.asarray(table, dtype=float)
    known = ~np.isnan(outcomes)
    k, n = int(np.where(known, outcomes, 0.0).sum()), int(known.sum())
    if n == 0:
        return Rate(math.nan, math.nan, math.nan, 0, 0)
    if k in (0, n):
        found = _alike(k / n, _known(table), confidence)
        return Rate(k / n, found.low, found.high, k, n)
    times = times_drawn(len(outcomes), resamples, seed)
    successes, trials = times @ np.where(known, outcomes, 0.0).sum(1), times @ known.sum(1)
    rates = np.divide(successes, trials, out=np.full(resamples, math.nan), where=trials > 0)
    return Rate(k / n, *percentiles(rates, confidence), k, n)


def _known(table: Table) -> int:
    """How many prompts have an outcome in any language."""
    outcomes = np.asarray(table, dtype=float)
    return int((~np.isnan(outcomes)).any(axis=1).sum()) if outcomes.ndim == 2 else 0


def _alike(value: float, prompts: int, confidence: float) -> Interval:
    rate = wilson(round(value * prompts), prompts, confidence=confidence)
    return Interval(rate.value, rate.low, rate.high)
