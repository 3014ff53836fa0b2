"""The interval of a share."""

from __future__ import annotations

import math
from statistics import NormalDist

from .estimate import WILSON, Estimate

AGRESTI_COULL = "Agresti-Coull"


def wilson(k: int, n: int, *, confidence: float = 0.95) -> Estimate:
    """A share with its Wilson score interval (Wilson, Journal of the American Statistical Association 22, 1927).

    Args:
        k: successes, 0 to ``n``.
        n: trials.
        confidence: of the two-sided interval.

    Returns:
        The share and its interval, in [0, 1]; NaN where ``n`` is 0.

    Raises:
        ValueError: unless 0 <= k <= n and 0 < confidence < 1.

    Example:
        >>> rate = wilson(164, 180)
        >>> round(rate.low, 3), round(rate.high, 3)
        (0.86, 0.945)
    """
    if not 0 <= k <= n:
        raise ValueError(f"k: expected 0 to n = {n}, got {k}.")
    if not 0 < confidence < 1:
        raise ValueError(f"confidence: expected a number between 0 and 1, got {confidence}.")
    if n == 0:
        return Estimate(math.nan, math.nan, math.nan, 0, WILSON, 0)
    z2 = NormalDist().inv_cdf((1 + confidence) / 2) ** 2
    centre = (k + z2 / 2) / (n + z2)
    half = math.sqrt(z2 * (k * (n - k) / n + z2 / 4)) / (n + z2)
    # Exact at the ends, where rounding would leave something like -1e-19.
    low, high = centre - half if k else 0.0, centre + half if k < n else 1.0
    return Estimate(k / n, low, high, n, WILSON, k)


def agresti_coull(k: int, n: int, *, confidence: float = 0.95) -> Estimate:
    """A share with the interval of Agresti and Coull (The American Statistician 52, 1998), which has Wilson's in it.

    Each of its ends holds as often as it says near 0 and 1 too, where one of Wilson's ends alone does not: for what is
    made of one end of several intervals.

    Arguments, what comes and errors are those of :func:`wilson`.

    Example:
        >>> round(agresti_coull(20, 20).low, 3)
        0.81
    """
    found = wilson(k, n, confidence=confidence)._replace(method=AGRESTI_COULL)
    if n == 0:
        return found
    z2 = NormalDist().inv_cdf((1 + confidence) / 2) ** 2
    centre = (k + z2 / 2) / (n + z2)
    half = math.sqrt(z2 * centre * (1 - centre) / (n + z2))
    return found._replace(low=max(0.0, centre - half), high=min(1.0, centre + half))


def all_alike(value: float, prompts: int, *, confidence: float = 0.95) -> Estimate:
    """The interval of a rate over several languages or seeds whose outcomes are all alike.

    A bootstrap of such outcomes shows no spread. The interval is Wilson's, a prompt in all its languages being one
    trial.

    Args:
        value: 0 or 1.
        prompts: how many there are.
        confidence: of the two-sided interval.
    """
    return wilson(round(value * prompts), prompts, confidence=confidence)._replace(k=None)
