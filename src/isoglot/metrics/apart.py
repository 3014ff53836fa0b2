"""How far languages are apart: the lowest rate, the gap, and Var, with intervals.

A bootstrap of them is wrong: chance chooses the lowest of several languages, and a resample chooses again, so that the
lowest of the resamples lies below the truth; gap and Var of resamples lie above it. Intervals here come from those of
the languages and of their differences, and hold the truth at least as often as they say, or nearly.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from statistics import NormalDist
from typing import NamedTuple

import numpy as np

from .aggregate import Table, macro
from .estimate import APART, BONFERRONI, UNKNOWN, Estimate
from .exact import clopper_pearson
from .languages import language_variance
from .wilson import agresti_coull

_HALVINGS = 60  # of the range in which an end is looked for


class _Ends(NamedTuple):
    """Of each language: its rate, and its own interval."""

    value: np.ndarray
    low: np.ndarray
    high: np.ndarray


def lowest_rate(table: Table, *, confidence: float = 0.95) -> Estimate:
    """The lowest of the languages' rates, with an interval of the rate that the lowest language truly has.

    Args:
        table: (prompts, languages), 1 for success, 0 for none, NaN where there is no outcome; shares of several answers
            to a prompt, too.
        confidence: of the two-sided interval.

    Returns:
        The rate; ``n`` is the prompts. At the lower end the least of the languages' own lower ends: the language that
        is lowest in truth has a say in it, so that it fails no more often than that language's own (Berger,
        Technometrics 24, 1982). At the upper end the least of their upper ends, each at the confidence that holds for
        all languages at once (Bonferroni). Languages' intervals are :func:`~isoglot.metrics.clopper_pearson`'s, or of
        several answers :func:`~isoglot.metrics.macro`'s; so it holds however the languages of a prompt hang together.
        NaN for no outcome.

    Example:
        >>> found = lowest_rate([[1, 1], [1, 0], [1, 0], [1, 1]])
        >>> found.value, round(found.low, 2), round(found.high, 2)
        (0.5, 0.07, 0.95)
    """
    outcomes = _known(table)
    count = outcomes.shape[1]
    if not count:
        return UNKNOWN
    own, together = (_ends(outcomes, one, clopper_pearson) for one in (confidence, 1 - (1 - confidence) / count))
    return _estimate(own.value.min(), own.low.min(), together.high.min(), outcomes, BONFERRONI)


def language_gap(table: Table, *, confidence: float = 0.95) -> Estimate:
    """How far the highest of the languages' rates is above the lowest, with an interval of what that gap truly is.

    Args:
        table: as for :func:`lowest_rate`.
        confidence: of the two-sided interval.

    Returns:
        The gap, 0 to 1; ``n`` is the prompts. At the upper end the largest upper end of a difference of two languages,
        at the lower end the largest lower end, each at the confidence that holds for all pairs at once; 0 where that is
        below. A difference's interval is made of those of its two languages and of how they hang together on prompts
        that both have (Zou and Donner, Statistics in Medicine 27, 2008); the former are those of Agresti and Coull, or
        of several answers :func:`~isoglot.metrics.macro`'s. Without an interval for one language; NaN for no outcome.

    Example:
        >>> found = language_gap([[1, 0]] * 18 + [[1, 1]] * 2)
        >>> found.value, round(found.low, 2), round(found.high, 2)
        (0.9, 0.55, 0.98)
    """
    outcomes = _known(table)
    count = outcomes.shape[1]
    if count < 2:
        return UNKNOWN._replace(value=0.0, n=len(outcomes)) if count else UNKNOWN
    alike = _correlations(outcomes)
    own, together = _ends(outcomes, confidence), _ends(outcomes, 1 - (1 - confidence) / (count * (count - 1)))
    above = own.value[:, None] - own.value[None, :]
    high = above + _combined((own.high - own.value)[:, None], (own.value - own.low)[None, :], alike)
    low = above - _combined((own.value - together.low)[:, None], (together.high - own.value)[None, :], alike)
    pairs = ~np.eye(count, dtype=bool)
    ends = max(0.0, float(low[pairs].max())), min(1.0, float(high[pairs].max()))
    return _estimate(above.max(), *ends, outcomes, BONFERRONI)


def variance_over_languages(table: Table, *, confidence: float = 0.95) -> Estimate:
    """The paper's ``Var`` with an interval of what it would be without the noise of so few prompts.

    ``Var`` adds up squares, so noise makes it larger: the value lies above what is true more often than below.

    Args:
        table: as for :func:`lowest_rate`.
        confidence: of the two-sided interval.

    Returns:
        :func:`~isoglot.metrics.language_variance` of the rates, 0 to 25; ``n`` is the prompts. The interval holds every
        true value under which one as far off as this is not too unlikely. Under each the squared distance of the rates
        from their mean is taken to follow the gamma distribution with its mean and variance (Patnaik, Biometrika 36,
        1949), where noise is as large as the wider side of each language's interval says and hangs together between
        languages as their outcomes do. Without an interval for one language; NaN for no outcome.

    Example:
        >>> found = variance_over_languages([[1, 0]] * 18 + [[1, 1]] * 2)
        >>> round(found.value, 2), found.low > 5
        (20.25, True)
    """
    outcomes = _known(table)
    count = outcomes.shape[1]
    if count < 2:
        return UNKNOWN._replace(value=0.0, n=len(outcomes)) if count else UNKNOWN
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    own = _ends(outcomes, confidence)
    noise = np.maximum(own.value - own.low, own.high - own.value) / z
    from_mean = np.eye(count) - 1 / count
    parts = np.linalg.eigvalsh(from_mean @ (_correlations(outcomes) * np.outer(noise, noise)) @ from_mean)
    total, squares, most = float(parts.sum()), float((parts**2).sum()), float(parts[-1])

    def quantile(true: float, deviate: float) -> float:
        return _gamma_quantile(true + total, 2 * squares + 4 * true * most, deviate)

    seen, widest = float(((own.value - own.value.mean()) ** 2).sum()), count / 4
    low = _solve(lambda true: quantile(true, z), seen, widest)
    # Alike as languages seldom are, they may be by chance: then the distance along one direction bounds it alone.
    high = min(
        _solve(lambda true: quantile(true, -z), max(seen, total), widest),
        (math.sqrt(seen) + z * math.sqrt(most)) ** 2,
        widest,
    )
    share = 100 / count
    return _estimate(language_variance(own.value.tolist()), low * share, high * share, outcomes, APART)


def _known(table: Table) -> np.ndarray:
    """The prompts and the languages that have an outcome."""
    outcomes = np.asarray(table, dtype=float)
    if outcomes.ndim != 2:
        return np.empty((0, 0))
    known = ~np.isnan(outcomes)
    made: np.ndarray = outcomes[known.any(axis=1)][:, known.any(axis=0)]
    return made


def _ends(outcomes: np.ndarray, confidence: float, of_counts: Callable[..., Estimate] = agresti_coull) -> _Ends:
    """Each language's rate and interval."""
    found = [_of_language(column, confidence, of_counts) for column in outcomes.T]
    return _Ends(*(np.array([getattr(one, name) for one in found]) for name in _Ends._fields))


def _of_language(column: np.ndarray, confidence: float, of_counts: Callable[..., Estimate]) -> Estimate:
    known = column[~np.isnan(column)]
    if np.isin(known, (0, 1)).all():
        return of_counts(int(known.sum()), len(known), confidence=confidence)
    return macro(column[:, None], confidence=confidence)  # of several answers; all languages are drawn alike


def _correlations(outcomes: np.ndarray) -> np.ndarray:
    """(languages, languages): how the noise of two languages' rates hangs together.

    Each language has four more prompts that it has alone, two of which succeed: few prompts that differ may by chance
    do so together, or not.
    """
    known = ~np.isnan(outcomes)
    rates = (np.where(known, outcomes, 0.0).sum(0) + 2) / (known.sum(0) + 4)
    off = np.where(known, outcomes - rates, 0.0)
    products = off.T @ off + np.diag(2 * (1 - rates) ** 2 + 2 * rates**2)
    spread = np.sqrt(np.diag(products))
    made: np.ndarray = products / np.outer(spread, spread)
    return made


def _combined(one: np.ndarray, other: np.ndarray, alike: np.ndarray) -> np.ndarray:
    """How far a difference's end is off, by how far those of its two rates are."""
    made: np.ndarray = np.sqrt(np.maximum(0.0, one**2 + other**2 - 2 * alike * one * other))
    return made


def _gamma_quantile(mean: float, variance: float, deviate: float) -> float:
    """Where a gamma distribution has what a normal one has below a deviate (Wilson and Hilferty, PNAS 17, 1931)."""
    part = variance / (9 * mean**2)
    return mean * max(0.0, 1 - part + deviate * math.sqrt(part)) ** 3


def _solve(quantile: Callable[[float], float], seen: float, widest: float) -> float:
    """The true distance, 0 to the widest, of which the quantile is what is seen; the quantile grows with it."""
    low, high = 0.0, widest
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if quantile(middle) < seen else (low, middle)
    return 0.0 if quantile(0.0) >= seen else high


def _estimate(value: float, low: float, high: float, outcomes: np.ndarray, method: str) -> Estimate:
    return Estimate(float(value), min(float(low), float(value)), float(max(high, value)), len(outcomes), method)
