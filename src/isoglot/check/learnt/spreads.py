"""Densities of what is measured, for weighing one explanation against another."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

_FREEDOM = 6  # of Student's distribution: right translations are now and then far from usual


class Spread(NamedTuple):
    """Centre and standard deviation."""

    centre: float
    deviation: float


def normal(value: Any, of: Spread) -> Any:
    """Log density of the normal distribution, without its constant; of a number or an array."""
    return -(((value - of.centre) / of.deviation) ** 2) / 2 - math.log(of.deviation)


def student(value: float, of: Spread) -> float:
    """Log density of Student's distribution, without the constant of the normal one."""
    squared = ((value - of.centre) / of.deviation) ** 2
    return _CONSTANT - (_FREEDOM + 1) / 2 * math.log1p(squared / _FREEDOM) - math.log(of.deviation)


_CONSTANT = math.lgamma((_FREEDOM + 1) / 2) - math.lgamma(_FREEDOM / 2) - math.log(_FREEDOM / 2) / 2


def log_odds(probability: float) -> float:
    """Natural logarithm of the odds."""
    return math.log(probability / (1 - probability))


def probability(odds: float) -> float:
    """Of natural logarithms of odds."""
    return 1 / (1 + math.exp(-max(-50.0, min(50.0, odds))))
