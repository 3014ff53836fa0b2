"""How far an interval over prompts reaches at least: a bootstrap of few prompts, or few that differ, is narrow."""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np

from .estimate import WIDENED, Estimate
from .wilson import wilson


def contributions(table: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """(prompts, languages): how far each outcome takes the statistic from its value, times the number of prompts.

    Args:
        table: (prompts, languages), NaN where nothing is known.
        weights: (languages,), of one outcome in the statistic; the rows' sums then have the statistic's variance.
    """
    known = ~np.isnan(table)
    count = known.sum(0)
    total = np.where(known, table, 0.0).sum(0)
    centre = np.divide(total, count, out=np.zeros(len(count)), where=count > 0)
    made: np.ndarray = np.where(known, table - centre, 0.0) * weights * len(table)
    return made


def reaching_rate(found: Estimate, cells: np.ndarray, confidence: float) -> Estimate:
    """A rate over several languages with an interval that reaches as far as Wilson's at least.

    Wilson's has as many trials as the prompts are worth, p (1 - p) / variance, the variance being that of prompts as
    clusters (Korn and Graubard, Survey Methodology 24, 1998), and Student's quantile in place of the normal one. Few
    prompts that differ may by chance do so in few languages: half a prompt more that differs in all is counted in.

    Args:
        found: the bootstrap's.
        cells: of :func:`contributions`, of the prompts with any outcome.
        confidence: of the two-sided interval.
    """
    prompts, value = len(cells), found.value
    variance = float((cells.sum(1) ** 2).sum()) / (prompts * max(prompts - 1, 1))
    if variance <= 1e-15:  # all prompts are alike: as many might differ as of so many alike can have gone unseen
        unseen = 1 - wilson(prompts, prompts, confidence=confidence).low
        return _reaching(found, value * (1 - unseen), value + (1 - value) * unseen)
    variance *= _more_together(cells)
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    trials = value * (1 - value) / variance * (z / _quantile(cells, confidence)) ** 2
    centre = (value + z**2 / trials / 2) / (1 + z**2 / trials)
    half = z / (1 + z**2 / trials) * math.sqrt(value * (1 - value) / trials + (z / trials / 2) ** 2)
    return _reaching(found, centre - half, centre + half)


def reaching_difference(found: Estimate, cells: np.ndarray, confidence: float) -> Estimate:
    """A difference over several languages with an interval that reaches as far as one made for few prompts at least.

    Bonett and Price (Journal of Educational and Behavioral Statistics 37, 2012) add two prompts to a paired comparison
    in one language, one that differs in each direction. Here they lie on both sides of the difference, as far from it
    as a prompt does that is unlike most: wholly with one language, by less where languages differ apart.

    Args: as for :func:`reaching_rate`.
    """
    apart, prompts = cells.sum(1), len(cells) + 2
    unlike = np.abs(apart - np.median(apart))
    size = min(1.0, float((unlike**2).sum() + 1) / float(unlike.sum() + 1))
    half = _quantile(cells, confidence) * math.sqrt(float((apart**2).sum()) + 2 * size**2) / prompts
    return _reaching(found, max(-1.0, found.value - half), min(1.0, found.value + half))


def _reaching(found: Estimate, low: float, high: float) -> Estimate:
    if found.low <= low and high <= found.high:
        return found
    return found._replace(low=min(found.low, low), high=max(found.high, high), method=WIDENED)


def _clustering(cells: np.ndarray) -> tuple[float, float]:
    """By how much languages that fail together raise the variance, at least 1; from how many prompts that is known."""
    squares, apart = cells.sum(1) ** 2, float((cells**2).sum())
    if not squares.any():
        return 1.0, 1.0
    total = float(squares.sum())
    return max(1.0, total / apart), total**2 / float((squares**2).sum())


def _more_together(cells: np.ndarray) -> float:
    """By how much the variance rises with half a prompt more that differs in all languages."""
    raised, differing = _clustering(cells)
    return float(max(1.0, (differing * raised + cells.shape[1] / 2) / (differing + 0.5) / raised))


def _quantile(cells: np.ndarray, confidence: float) -> float:
    """Student's quantile, the larger the fewer prompts the variance is known from.

    These are all prompts where languages fail apart from one another, and only those that differ where languages fail
    together: how many at once is then known from these few.
    """
    raised, differing = _clustering(cells)
    usual = student(max(1.0, len(cells) - 1.0), confidence)
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    few = student(differing + 1, confidence)
    return max(usual, math.sqrt(z**2 + (few**2 - z**2) * (1 - 1 / raised)))


def student(freedom: float, confidence: float) -> float:
    """The two-sided quantile of Student's t; with the tangent of an angle as t its density is a power of a cosine.

    Args:
        freedom: degrees, at least 1; whole or not.
        confidence: of the two-sided interval.
    """
    if freedom > 5000:
        return NormalDist().inv_cdf((1 + confidence) / 2)
    angle = np.linspace(0, math.pi / 2, 4001)
    density = np.abs(np.cos(angle)) ** (freedom - 1)
    mass = np.concatenate([[0.0], np.cumsum((density[1:] + density[:-1]) / 2)])
    found = np.interp(confidence * mass[-1], mass, angle)
    return float(math.sqrt(freedom) * math.tan(found))
