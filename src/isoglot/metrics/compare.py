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


def mcnemar(first: Sequence[bool], second: Sequence[bool]) -> McNemar:
    """Exact (binomial) McNemar test of two models on the same prompts.

    Args:
        first, second: whether each prompt came out right, parallel.

    Returns:
        Counts of disagreements and the two-sided p, 1 where there is none.

    Example:
        >>> mcnemar([True] * 6, [False] * 6).p
        0.03125
    """
    pairs = list(zip(first, second, strict=True))
    b = sum(x and not y for x, y in pairs)
    c = sum(y and not x for x, y in pairs)
    if b + c == 0:
        return McNemar(0, 0, 1.0)
    from scipy.stats import binomtest

    return McNemar(b, c, float(binomtest(b, b + c).pvalue))


def holm(p_values: Mapping[str, float]) -> dict[str, float]:
    """Holm's step-down adjustment of several tests' p values."""
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
        The statistic of the data with its interval; NaN for no cluster.
    """
    if not clusters:
        return Interval(math.nan, math.nan, math.nan)
    rng = np.random.default_rng(seed)
    draws = rng.integers(len(clusters), size=(resamples, len(clusters)))
    values = [statistic([clusters[i] for i in draw]) for draw in draws]
    if np.isnan(values).all():
        return Interval(statistic(clusters), math.nan, math.nan)
    low, high = np.nanquantile(values, [(1 - confidence) / 2, (1 + confidence) / 2])
    return Interval(statistic(clusters), float(low), float(high))
