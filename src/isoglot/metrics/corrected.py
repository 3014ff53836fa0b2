"""What a judge's rate says of the true one, given how often the judge is right."""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import NamedTuple

from .estimate import UNKNOWN, Estimate
from .wilson import wilson

CORRECTED = "corrected for the judge's errors"
NOTHING = 0.9  # width of an interval from which on it says nothing, so that the value in it is none to go by


class _Share(NamedTuple):
    """A share as the interval wants it: pulled a little towards a half, and of how many trials."""

    value: float
    n: float

    @property
    def variance(self) -> float:
        return self.value * (1 - self.value) / self.n


def says_nothing(low: float, high: float) -> bool:
    """Whether an interval of a share spans nearly everything from 0 to 1."""
    return high - low >= NOTHING


def corrected_rate(
    k: int, n: int, sensitivity: Estimate, specificity: Estimate, *, confidence: float = 0.95
) -> Estimate:
    """The rate of what a judge looks for, corrected for the judge's errors.

    With q = k / n the rate is (q + specificity - 1) / (sensitivity + specificity - 1) (Rogan and Gladen, American
    Journal of Epidemiology 107, 1978), within [0, 1].

    Args:
        k: responses in which the judge saw it, 0 to ``n``.
        n: responses judged.
        sensitivity: how often the judge sees it where people do; from k of n labels, or of :func:`shrunken_rates`.
        specificity: how often the judge does not see it where people do not; likewise.
        confidence: of the two-sided interval; that of ``sensitivity`` and ``specificity`` where these are shrunken.

    Returns:
        The corrected rate; ``n`` is that of the responses. The interval carries along what is not known of the judge:
        that of Lang and Reiczigel (Preventive Veterinary Medicine 113, 2014), which arXiv 2511.21140 proposes for
        judges that are language models. It is 0 to 1 where labels do not show that the judge is better than chance.
        NaN for no response, for no labels, and where sensitivity + specificity is at most 1: such a judge says nothing.

    Raises:
        ValueError: unless 0 <= k <= n and 0 < confidence < 1.

    Example:
        >>> from isoglot.metrics import corrected_rate, wilson
        >>> found = corrected_rate(40, 200, sensitivity=wilson(59, 100), specificity=wilson(96, 100))
        >>> round(found.value, 3), round(found.low, 2), round(found.high, 2)
        (0.291, 0.17, 0.42)
    """
    seen = wilson(k, n, confidence=confidence)
    value = corrected_value(seen.value, sensitivity.value, specificity.value)
    if math.isnan(value):
        return UNKNOWN._replace(n=n, method=CORRECTED)
    low, high = _interval(seen, sensitivity, specificity, confidence)
    return Estimate(value, min(low, value), max(high, value), n, CORRECTED)


def corrected_value(seen: float, sensitivity: float, specificity: float) -> float:
    """The rate alone, as :func:`corrected_rate` has it, from shares; NaN where one is not known, or nothing said."""
    better = sensitivity + specificity - 1
    if math.isnan(seen) or not better > 0:  # NaN is not
        return math.nan
    return min(1.0, max(0.0, (seen + specificity - 1) / better))


def _interval(seen: Estimate, sensitivity: Estimate, specificity: Estimate, confidence: float) -> tuple[float, float]:
    """Lang's and Reiczigel's; the middle is that of shares with a few more trials of both kinds."""
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    q = _pulled(seen, z**2, confidence)
    right, wrong = (_pulled(share, 2, confidence) for share in (sensitivity, specificity))
    better = right.value + wrong.value - 1
    if better <= z * math.sqrt(right.variance + wrong.variance):
        return 0.0, 1.0
    rate = (q.value + wrong.value - 1) / better
    shift = 2 * z**2 * (rate * right.variance - (1 - rate) * wrong.variance)
    spread = math.sqrt(q.variance + rate**2 * right.variance + (1 - rate) ** 2 * wrong.variance) / better
    low, high = rate + shift - z * spread, rate + shift + z * spread
    return min(1.0, max(0.0, low)), min(1.0, max(0.0, high))


def _pulled(share: Estimate, more: float, confidence: float) -> _Share:
    """A share with so many trials more, half of them successes; one without counts as its interval says."""
    if share.k is not None:
        return _Share((share.k + more / 2) / (share.n + more), share.n + more)
    spread = (share.high - share.low) / 2 / NormalDist().inv_cdf((1 + confidence) / 2)
    value = min(1 - 1e-6, max(1e-6, share.value))
    return _Share(value, value * (1 - value) / max(spread, 1e-6) ** 2)
