"""Rates of several languages of which some have few trials: each is drawn towards the mean of all."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ..extras import need
from .estimate import UNKNOWN, Estimate

SHRUNKEN = "partial pooling of languages"
_MEANS = np.linspace(0.005, 0.995, 67)  # of the languages' rates
_LEAST, _MOST, _STRENGTHS = 1.0, 3000.0, 25  # trials that the mean of the others is worth


def shrunken_rates(counts: Mapping[str, tuple[int, int]], *, confidence: float = 0.95) -> dict[str, Estimate]:
    """Each language's rate, drawn towards the mean of all: most where it has few trials and all are alike.

    The languages' rates are taken as draws of one beta distribution, and each language's successes as binomial. How
    alike languages are is itself not known from a few of them, so the result is averaged over all beta distributions,
    each by how well it explains the counts (a grid of mean and strength; all means are equally likely beforehand, and
    the strength has the uniform shrinkage prior of Christiansen and Morris, Journal of the American Statistical
    Association 92, 1997). An interval by the best beta alone would be too narrow.

    Args:
        counts: language -> (successes, trials); 0 trials are allowed.
        confidence: of the two-sided intervals.

    Returns:
        language -> posterior mean with its central credible interval. ``n`` is the language's own trials; ``k`` is
        None, since the value is not k / n. A language without trials has the mean of the others, with the interval of
        a further language. NaN for all where there is no trial at all.

    Raises:
        ValueError: unless 0 <= successes <= trials, and 0 < confidence < 1.
        MissingLibraryError: without the libraries of the extra ``eval``.

    Example:
        >>> found = shrunken_rates({"en": (95, 100), "zh": (90, 100), "sw": (3, 5)})
        >>> found["sw"].value > 3 / 5  # five labels say little, and the other languages are at 0.9
        True
    """
    for tag, (k, n) in counts.items():
        if not 0 <= k <= n:
            raise ValueError(f"counts[{tag!r}]: expected 0 to n = {n} successes, got {k}.")
    if not 0 < confidence < 1:
        raise ValueError(f"confidence: expected a number between 0 and 1, got {confidence}.")
    if not sum(n for _, n in counts.values()):
        return dict.fromkeys(counts, UNKNOWN._replace(method=SHRUNKEN))
    need("eval", "shrunken_rates")
    a, b, weights = _priors(list(counts.values()))
    return {tag: _posterior(k, n, a, b, weights, confidence) for tag, (k, n) in counts.items()}


def _priors(counts: list[tuple[int, int]]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The beta distributions that explain the counts, each with its weight; those that explain nothing are left out."""
    from scipy.special import betaln

    strength = np.geomspace(_LEAST, _MOST, _STRENGTHS)
    usual = float(np.median([n for _, n in counts if n]))
    # Uniform in usual / (usual + strength), on a grid that is even in the logarithm of the strength.
    beforehand = strength * usual / (usual + strength) ** 2
    a, b = (np.outer(share, strength).ravel() for share in (_MEANS, 1 - _MEANS))
    logs = np.tile(np.log(beforehand), len(_MEANS))
    for k, n in counts:
        logs += betaln(a + k, b + n - k) - betaln(a, b)
    weights = np.exp(logs - logs.max())
    kept = weights > weights.sum() * 1e-4
    return a[kept], b[kept], weights[kept] / weights[kept].sum()


def _posterior(k: int, n: int, a: np.ndarray, b: np.ndarray, weights: np.ndarray, confidence: float) -> Estimate:
    a, b = a + k, b + n - k
    low, high = _quantiles(a, b, weights, np.array([1 - confidence, 1 + confidence]) / 2)
    # A language that only ever succeeded may always do so, which no beta distribution allows.
    low, high = 0.0 if k == 0 < n else low, 1.0 if k == n > 0 else high
    return Estimate(float(weights @ (a / (a + b))), low, high, n, SHRUNKEN)


def _quantiles(a: np.ndarray, b: np.ndarray, weights: np.ndarray, levels: np.ndarray) -> tuple[float, float]:
    """Of the mixture of beta distributions, by halving."""
    from scipy.special import betainc

    low, high = np.zeros(2), np.ones(2)
    for _ in range(17):  # to 1e-5
        middle = (low + high) / 2
        below = betainc(a, b, middle[:, None]) @ weights < levels
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    return float(low[0] + high[0]) / 2, float(low[1] + high[1]) / 2
