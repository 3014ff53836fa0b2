"""The interval of a share that holds the truth at least as often as it says, however few the trials."""

from __future__ import annotations

from ..extras import need
from .estimate import Estimate
from .wilson import wilson

EXACT = "Clopper-Pearson"


def clopper_pearson(k: int, n: int, *, confidence: float = 0.95) -> Estimate:
    """A share with its exact interval (Clopper and Pearson, Biometrika 26, 1934).

    It is wider than :func:`wilson`, which holds the truth as often as it says on average, and now and then less often.
    Take it where a promise must hold: "at most so many in a hundred".

    Args:
        k: successes, 0 to ``n``.
        n: trials.
        confidence: of the two-sided interval.

    Returns:
        The share and its interval, in [0, 1]; NaN where ``n`` is 0.

    Raises:
        ValueError: unless 0 <= k <= n and 0 < confidence < 1.

    Example:
        >>> round(clopper_pearson(0, 20).high, 3)
        0.168
    """
    found = wilson(k, n, confidence=confidence)._replace(method=EXACT)
    if n == 0:
        return found
    need("eval", "clopper_pearson")
    from scipy.special import betaincinv

    tail = (1 - confidence) / 2
    low = float(betaincinv(k, n - k + 1, tail)) if k else 0.0
    high = float(betaincinv(k + 1, n - k, 1 - tail)) if k < n else 1.0
    return found._replace(low=low, high=high)
