"""Shares and their intervals."""

from __future__ import annotations

import math
from typing import NamedTuple


class Rate(NamedTuple):
    """A share of ``n`` trials with its interval; all NaN for no trials."""

    value: float
    low: float
    high: float
    k: int
    n: int


def wilson(k: int, n: int, *, confidence: float = 0.95) -> Rate:
    """A share with its Wilson score interval.

    Args:
        k: successes, 0 to ``n``.
        n: trials.
        confidence: of the two-sided interval.

    Returns:
        The share and its interval, in [0, 1]; NaN where ``n`` is 0.

    Raises:
        ValueError: unless 0 <= k <= n.

    Example:
        >>> rate = wilson(164, 180)
        >>> round(rate.low, 3), round(rate.high, 3)
        (0.86, 0.945)
    """
    if not 0 <= k <= n:
        raise ValueError(f"k: expected 0 to n = {n}, got {k}.")
    if n == 0:
        return Rate(math.nan, math.nan, math.nan, 0, 0)
    from scipy.stats import binomtest

    interval = binomtest(k, n).proportion_ci(confidence, method="wilson")
    return Rate(k / n, interval.low, interval.high, k, n)
