"""The smallest difference between two models that so many prompts can show, before a run and after one."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from statistics import NormalDist

import numpy as np

from ..extras import need
from .estimate import Estimate

POWER = 0.8
BETWEEN_RUNS, BETWEEN_LANGUAGES = 0.5, 0.3  # correlations that are assumed where nothing is known


def smallest_detectable_difference(
    prompts: int,
    *,
    rate: float,
    languages: int = 1,
    between_runs: float = BETWEEN_RUNS,
    between_languages: float = BETWEEN_LANGUAGES,
    power: float = POWER,
    confidence: float = 0.95,
    tests: int = 1,
) -> float:
    """The smallest difference from a rate that two runs on the same prompts would show.

    One language is tested with the exact McNemar test, whose power is summed over all numbers of prompts that can
    differ; the mean of several languages with the normal approximation, a prompt in all its languages being one
    cluster.

    Args:
        prompts: how many, each in all languages.
        rate: of the run that the other is compared with. The other's is taken to be lower, or higher where ``rate`` is
            below a half; the opposite differences have smaller variances and show at least as well.
        languages: over how many the mean is taken.
        between_runs: correlation of the two runs' outcomes on one prompt: 0 for models that have nothing in common, and
            more the more alike they are. It is lowered to what the two rates allow.
        between_languages: correlation of the differences of two languages on one prompt.
        power: how often such a difference is to be shown.
        confidence: 1 less the share of false alarms.
        tests: over how many languages Holm's adjustment is made; the first of them must pass the share divided by it.

    Returns:
        A share in (0, 1]; NaN where no difference from this rate would show.

    Raises:
        ValueError: for a share outside its range or a negative count.
        MissingLibraryError: without the libraries of the extra ``eval``, of one language.

    Example:
        >>> round(smallest_detectable_difference(180, rate=0.9), 2)
        0.08
    """
    _check_shares(rate=rate, power=power, confidence=confidence)
    if prompts < 0 or languages < 1 or tests < 1:
        raise ValueError("prompts, languages, tests: expected whole numbers, the last two at least 1.")
    alarm = (1 - confidence) / tests
    most = max(rate, 1 - rate)
    if prompts == 0:
        return math.nan

    def shown(difference: float) -> bool:
        first, second = _only_one(rate, difference, between_runs)
        if languages == 1:
            return _mcnemar_power(prompts, first, second, alarm) >= power
        spread = (first + second - difference**2) * (1 + (languages - 1) * max(0.0, between_languages)) / languages
        needed = NormalDist().inv_cdf(1 - alarm / 2) + NormalDist().inv_cdf(power)
        return difference >= needed * math.sqrt(spread / prompts)

    return _least(shown, most) if shown(most) else math.nan


def _least(shown: Callable[[float], bool], high: float) -> float:
    """The smallest difference that is shown, to 5e-4; ``high`` is."""
    low = 0.0
    while high - low > 5e-4:
        middle = (low + high) / 2
        low, high = (low, middle) if shown(middle) else (middle, high)
    return high


def _check_shares(**shares: float) -> None:
    wrong = [
        f"{name}: expected a share from 0 to 1, got {value}." for name, value in shares.items() if not 0 <= value <= 1
    ]
    if wrong:
        raise ValueError(" ".join(wrong))


def shown_by(difference: Estimate, *, power: float = POWER, confidence: float = 0.95) -> float:
    """The smallest difference that a comparison could have shown, from the interval that it has.

    Args:
        difference: of :func:`paired_difference`.
        power: how often such a difference would have been shown.
        confidence: of the interval.

    Returns:
        A difference above 0; NaN without an interval.

    Example:
        >>> round(shown_by(Estimate(0.01, -0.04, 0.06)), 3)
        0.071
    """
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    return (difference.high - difference.low) / 2 * (1 + NormalDist().inv_cdf(power) / z)


def _only_one(rate: float, difference: float, correlation: float) -> tuple[float, float]:
    """Shares of prompts that only the first, only the second run gets right."""
    other = rate - difference if rate >= 0.5 else rate + difference
    both = rate * other + correlation * math.sqrt(max(0.0, rate * (1 - rate) * other * (1 - other)))
    both = min(rate, other, max(both, rate + other - 1, 0.0))
    return rate - both, other - both


def _mcnemar_power(prompts: int, first: float, second: float, alarm: float) -> float:
    """How often the exact test finds a difference, where prompts differ in one direction or the other this often."""
    need("eval", "smallest_detectable_difference")
    from scipy.stats import binom

    differing = np.arange(1, prompts + 1)
    often = binom.pmf(differing, prompts, min(1.0, first + second))
    likely = often > 1e-6
    if not likely.any():
        return 0.0
    differing, often, most = differing[likely], often[likely], _too_few(prompts, alarm)[likely]
    share = max(first, second) / (first + second)
    found = binom.cdf(most, differing, 1 - share) + binom.sf(differing - most - 1, differing, 1 - share)
    return float(often @ np.where(most >= 0, found, 0.0))


@functools.lru_cache(maxsize=64)
def _too_few(prompts: int, alarm: float) -> np.ndarray:
    """(prompts,): of so many that differ, from 1, the most in one direction at which the test finds a difference."""
    from scipy.stats import binom

    differing = np.arange(1, prompts + 1)
    most = binom.ppf(alarm / 2, differing, 0.5)  # the largest such count, or the one above it
    made: np.ndarray = np.where(binom.cdf(most, differing, 0.5) > alarm / 2, most - 1, most)
    return made
