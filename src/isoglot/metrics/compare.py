"""Two models on the same prompts, and intervals that treat one prompt in many languages as one cluster."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np


class McNemar(NamedTuple):
    """Exact McNemar test: how many prompts only the first, only the second got right, and the two-sided p."""

    only_first: int
    only_second: int
    p: float


def mcnemar(first: Sequence[bool | None], second: Sequence[bool | None]) -> McNemar:
    """Exact (binomial) McNemar test of two models on the same prompts.

    Args:
        first: whether each prompt came out right with one model; None: not known, which leaves the prompt out.
        second: the same of the other, parallel.

    Returns:
        Counts of disagreements and the two-sided p, 1 where there is none.

    Example:
        >>> mcnemar([True] * 6, [False] * 6).p
        0.03125
    """
    pairs = list(zip(first, second, strict=True))
    known = [(x, y) for x, y in pairs if x is not None and y is not None]
    b = sum(bool(x and not y) for x, y in known)
    c = sum(bool(y and not x) for x, y in known)
    if b + c == 0:
        return McNemar(0, 0, 1.0)
    from scipy.stats import binomtest

    return McNemar(b, c, float(binomtest(b, b + c).pvalue))


def holm(p_values: Mapping[str, float]) -> dict[str, float]:
    """Holm's step-down adjustment of several tests' p values, by name (Holm, Scandinavian J. of Statistics 6, 1979).

    Example:
        >>> holm({"sw": 0.01, "zh": 0.5})
        {'sw': 0.02, 'zh': 0.5}
    """
    adjusted, running = {}, 0.0
    for rank, (name, p) in enumerate(sorted(p_values.items(), key=lambda item: item[1])):
        running = max(running, min(1.0, (len(p_values) - rank) * p))
        adjusted[name] = running
    return {name: adjusted[name] for name in p_values}


class Interval(NamedTuple):
    """An estimate with its interval."""

    value: float
    low: float
    high: float


def cluster_bootstrap(
    clusters: Sequence[Any],
    statistic: Callable[[Sequence[Any]], float],
    *,
    confidence: float = 0.95,
    resamples: int = 2000,
    seed: int = 0,
) -> Interval:
    """Percentile bootstrap that resamples whole clusters (one prompt in all its languages is one).

    Args:
        clusters: the data by cluster.
        statistic: clusters -> number.
        confidence: of the two-sided interval.
        resamples: how many.
        seed: of the resampling.

    Returns:
        The statistic of the data with its interval; NaN for no cluster. Resamples without a value do not count.

    For the mean over languages :func:`mean_over_languages` gives the same numbers, many times as fast.
    """
    if not clusters:
        return Interval(math.nan, math.nan, math.nan)
    values = np.array([statistic([clusters[i] for i in draw]) for draw in _draws(len(clusters), resamples, seed)])
    return Interval(statistic(clusters), *percentiles(values, confidence))


def mean_over_languages(
    outcomes: np.ndarray | Sequence[Sequence[float]],
    *,
    confidence: float = 0.95,
    resamples: int = 2000,
    seed: int = 0,
) -> Interval:
    """The mean over languages of each language's mean, with a bootstrap over prompts.

    One prompt in all its languages is one cluster (arXiv 2411.00640). Given the differences between two models'
    outcomes it is the paired bootstrap of the difference.

    Args:
        outcomes: (prompts, languages), 1 for success, 0 for none, NaN where there is no outcome.
        confidence: of the two-sided interval.
        resamples: how many.
        seed: of the resampling.

    Returns:
        The mean with its percentile interval; NaN for no outcome.

    Example:
        >>> mean_over_languages([[1, 0], [1, 1]]).value
        0.75
    """
    table = np.asarray(outcomes, dtype=float)
    if table.ndim != 2 or not table.size:
        return Interval(math.nan, math.nan, math.nan)
    value = _mean_over_languages(table, np.ones((1, len(table))))
    times = times_drawn(len(table), resamples, seed)
    return Interval(float(value[0]), *percentiles(_mean_over_languages(table, times), confidence))


def times_drawn(clusters: int, resamples: int, seed: int) -> np.ndarray:
    """(resamples, clusters): how often a bootstrap draws each cluster, by the draws of :func:`cluster_bootstrap`."""
    draws = _draws(clusters, resamples, seed) + clusters * np.arange(resamples)[:, None]
    return np.bincount(draws.ravel(), minlength=clusters * resamples).reshape(resamples, clusters)


def _mean_over_languages(table: np.ndarray, times: np.ndarray) -> np.ndarray:
    """(resamples,): the mean where prompts count so many times, (resamples, prompts); NaN where nothing is known."""
    known = ~np.isnan(table)
    total, count = times @ np.where(known, table, 0.0), times @ known.astype(float)
    languages = (count > 0).sum(1)
    means = np.divide(total, count, out=np.zeros_like(total), where=count > 0)
    return np.divide(means.sum(1), languages, out=np.full(len(times), math.nan), where=languages > 0)


def _draws(clusters: int, resamples: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(clusters, size=(resamples, clusters))


def percentiles(values: np.ndarray, confidence: float) -> tuple[float, float]:
    """The middle of a bootstrap's values; NaN for none."""
    known = values[~np.isnan(values)]
    if not known.size:
        return math.nan, math.nan
    low, high = np.quantile(known, [(1 - confidence) / 2, (1 + confidence) / 2])
    return float(low), float(high)
