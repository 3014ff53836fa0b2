"""The bootstrap that treats one prompt in many languages as one cluster (arXiv 2411.00640)."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .estimate import BOOTSTRAP, UNKNOWN, Estimate


def cluster_bootstrap(
    clusters: Sequence[Any],
    statistic: Callable[[Sequence[Any]], float],
    *,
    confidence: float = 0.95,
    resamples: int = 2000,
    seed: int = 0,
) -> Estimate:
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
        return UNKNOWN
    values = np.array([statistic([clusters[i] for i in draw]) for draw in _draws(len(clusters), resamples, seed)])
    return Estimate(statistic(clusters), *percentiles(values, confidence), len(clusters), BOOTSTRAP)


@functools.lru_cache(maxsize=1)  # one statistic after another is drawn alike
def times_drawn(clusters: int, resamples: int, seed: int) -> np.ndarray:
    """(resamples, clusters), read-only: how often :func:`cluster_bootstrap` draws each cluster."""
    times = counted(_draws(clusters, resamples, seed), clusters)
    times.flags.writeable = False
    return times


def counted(draws: np.ndarray, clusters: int) -> np.ndarray:
    """(resamples, clusters): how often each cluster is in a draw.

    Args:
        draws: (resamples, however many), numbers of clusters.
        clusters: how many there are.
    """
    resamples = len(draws)
    places = draws + clusters * np.arange(resamples)[:, None]
    return np.bincount(places.ravel(), minlength=clusters * resamples).reshape(resamples, clusters)


def rates_drawn(table: np.ndarray, times: np.ndarray) -> np.ndarray:
    """(draws, languages): each language's rate where prompts count so many times; NaN where nothing is known.

    Args:
        table: (prompts, languages), 1, 0 or NaN.
        times: (draws, prompts).
    """
    known = ~np.isnan(table)
    total, count = times @ np.where(known, table, 0.0), times @ known.astype(float)
    made: np.ndarray = np.divide(total, count, out=np.full_like(total, np.nan), where=count > 0)
    return made


def _draws(clusters: int, resamples: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(clusters, size=(resamples, clusters))


def percentiles(values: np.ndarray, confidence: float) -> tuple[float, float]:
    """The middle of a bootstrap's values; NaN for none."""
    known = values[~np.isnan(values)]
    if not known.size:
        return math.nan, math.nan
    low, high = np.quantile(known, [(1 - confidence) / 2, (1 + confidence) / 2])
    return float(low), float(high)
