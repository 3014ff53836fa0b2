"""The one form of a number with an interval."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any, NamedTuple

WILSON = "Wilson"
BOOTSTRAP = "bootstrap over prompts"
WIDENED = "bootstrap over prompts, widened"  # since these were few, or few of them differed
AREA = "Newcombe"  # of an area under a ROC curve
TWO_SHARES = "Zou and Donner"  # of the mean of two shares, by Wilson's intervals of both
BONFERRONI = "of all languages at once"  # of the lowest of several rates, of their gap
APART = "of distances that noise allows"  # of Var
JACKKNIFE = "jackknife over prompts"  # of a coefficient of agreement
NO_INTERVAL = "none"


class Estimate(NamedTuple):
    """A number with its interval.

    Attributes:
        value: the number; NaN if nothing is known.
        low, high: ends of the interval; NaN where there is none.
        n: what was counted: trials of a rate; prompts, each in all its languages, of a mean over languages.
        method: of the interval.
        k: successes among the trials, of a rate.
    """

    value: float
    low: float
    high: float
    n: int = 0
    method: str = NO_INTERVAL
    k: int | None = None

    def as_dict(self) -> dict[str, Any]:
        """What a file holds: all that is known."""
        return {name: value for name, value in self._asdict().items() if value is not None}


UNKNOWN = Estimate(math.nan, math.nan, math.nan)


def mean_of_known(values: Iterable[float]) -> float:
    """The mean of the values that are not NaN; NaN for none.

    Example:
        >>> mean_of_known([0.5, float("nan"), 1.0])
        0.75
    """
    known = [value for value in values if not math.isnan(value)]
    return sum(known) / len(known) if known else math.nan


def least_of_known(values: Iterable[float]) -> float:
    """The least of the values that are not NaN; NaN for none.

    Example:
        >>> least_of_known([0.5, float("nan"), 1.0])
        0.5
    """
    return min((value for value in values if not math.isnan(value)), default=math.nan)
