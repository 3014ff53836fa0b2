"""Intervals of how well two kinds are told apart, each of some prompts."""

from __future__ import annotations

import math
from statistics import NormalDist

from .estimate import AREA, TWO_SHARES, Estimate
from .wilson import wilson

_HALVINGS = 60  # of the range in which an end is looked for


def area_under_curve(value: float, first: int, second: int, *, confidence: float = 0.95) -> Estimate:
    """The area under a ROC curve with a score interval (Newcombe, Statistics in Medicine 25, 2006, method 5).

    The variance is that of Hanley and McNeil (1982) at the end of the interval, not at the value: a bootstrap, or a
    variance at the value, shows no spread where all pairs are in order, however few they are.

    Args:
        value: share of pairs in their order, ties counting one half; 0 to 1, NaN if there is none.
        first, second: how many of each kind.
        confidence: of the two-sided interval.

    Returns:
        NaN where there is none of a kind.

    Example:
        >>> found = area_under_curve(1.0, 5, 5)
        >>> round(found.low, 2), found.high
        (0.64, 1.0)
    """
    if not first or not second or math.isnan(value):
        return Estimate(math.nan, math.nan, math.nan, first + second, AREA)
    z = NormalDist().inv_cdf((1 + confidence) / 2)

    def end(side: float) -> float:
        inside, outside = value, side
        for _ in range(_HALVINGS):
            middle = (inside + outside) / 2
            if abs(value - middle) <= z * math.sqrt(_variance(middle, first, second)):
                inside = middle
            else:
                outside = middle
        return outside

    return Estimate(value, end(0.0), end(1.0), first + second, AREA)


def _variance(area: float, first: int, second: int) -> float:
    apart = (1 - area) / (2 - area) + area / (1 + area)
    return area * (1 - area) * (1 + ((first + second) / 2 - 1) * apart) / (first * second)


def mean_of_shares(first: tuple[int, int], second: tuple[int, int], *, confidence: float = 0.95) -> Estimate:
    """The mean of two kinds' shares, with the interval that Wilson's of both give.

    Distances of the ends from the shares add up as independent ones do (Zou and Donner, Statistics in Medicine 27,
    2008).

    Args:
        first, second: successes and trials of each kind.
        confidence: of the two-sided interval.

    Returns:
        NaN where there is none of a kind.

    Example:
        >>> found = mean_of_shares((10, 10), (8, 10))
        >>> round(found.value, 2), round(found.low, 2), round(found.high, 2)
        (0.9, 0.69, 0.97)
    """
    one, other = (wilson(*kind, confidence=confidence) for kind in (first, second))
    value = (one.value + other.value) / 2
    low = value - math.hypot(one.value - one.low, other.value - other.low) / 2
    high = value + math.hypot(one.high - one.value, other.high - other.value) / 2
    return Estimate(value, low, high, first[1] + second[1], TWO_SHARES)
