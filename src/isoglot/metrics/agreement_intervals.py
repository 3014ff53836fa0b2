"""Coefficients of agreement with intervals over prompts, however near 0 or 1 the rates are."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Hashable, Sequence

import numpy as np

from .agreement import Ratings, ac1_of, beyond_chance, counts_of, fleiss_of, subject_sums
from .estimate import JACKKNIFE, UNKNOWN, Estimate
from .few import student
from .raters import alpha_of, response_sums

Clusters = Sequence[Hashable] | None
_Sums = Callable[[Ratings, Sequence[Hashable]], np.ndarray]  # (subjects, what a coefficient adds up)
_Coefficient = Callable[[np.ndarray], np.ndarray]
_OTHER = object()  # a category that nobody chose, where all chose one


def fleiss_kappa_estimate(*ratings: Ratings, clusters: Clusters = None, confidence: float = 0.95) -> Estimate:
    """Fleiss' kappa with its interval.

    Args:
        ratings: as for :func:`~isoglot.metrics.fleiss_kappa`, one row a subject (prompt); of several answers to each
            prompt one for each answer, of the same prompts.
        clusters: whose a row is, where several rows are of one prompt; None: each is of its own.
        confidence: of the two-sided interval.

    Returns:
        The coefficient, or the mean of those of several answers; ``n`` is the clusters. The interval is that of a
        jackknife that leaves out one cluster at a time (Fleiss and Davies, American Journal of Epidemiology 115, 1982),
        of the data with two clusters more: one in which all choose the rarest category, and one in which half do and
        half choose the commonest. Those two say most of a coefficient, and few data may have none like them by chance.
        Student's quantile has as many degrees of freedom as clusters are not all of the commonest category, with those
        two: only these tell agreement from chance. NaN where the coefficient is not defined.

    Raises:
        ValueError: for rows of different lengths.

    Example:
        >>> found = fleiss_kappa_estimate([[1, 1, 1]] * 15 + [[0, 0, 0]] * 4 + [[0, 1, 1]])
        >>> round(found.value, 2), round(found.low, 2), round(found.high, 2)
        (0.9, 0.56, 1.0)
    """
    return _estimate(ratings, clusters, subject_sums, fleiss_of, confidence)


def gwet_ac1_estimate(*ratings: Ratings, clusters: Clusters = None, confidence: float = 0.95) -> Estimate:
    """Gwet's AC1 with its interval; arguments, interval and errors as those of :func:`fleiss_kappa_estimate`.

    Example:
        >>> found = gwet_ac1_estimate([[1, 1, 1]] * 20)
        >>> found.value, round(found.low, 2)
        (1.0, 0.82)
    """
    return _estimate(ratings, clusters, subject_sums, ac1_of, confidence)


def krippendorff_alpha_estimate(ratings: Ratings, *, clusters: Clusters = None, confidence: float = 0.95) -> Estimate:
    """Krippendorff's alpha of judges with its interval; otherwise as :func:`fleiss_kappa_estimate`."""
    return _estimate([ratings], clusters, response_sums, alpha_of, confidence)


def cohen_kappa_estimate(
    first: Sequence[Hashable | None],
    second: Sequence[Hashable | None],
    *,
    clusters: Clusters = None,
    confidence: float = 0.95,
) -> Estimate:
    """Cohen's kappa of two judges with its interval, which is made as that of :func:`fleiss_kappa_estimate`.

    Args:
        first: one judge's ratings.
        second: the other's, parallel; None where a judge gave none, which leaves the response out.
        clusters: whose a response is, where several are of one prompt; None: each is of its own.
        confidence: of the two-sided interval.

    Raises:
        ValueError: for lists of different lengths.
    """
    pairs = list(zip(first, second, strict=True))
    kept = [place for place, pair in enumerate(pairs) if None not in pair]
    of = None if clusters is None else [clusters[place] for place in kept]
    return _estimate([[pairs[place] for place in kept]], of, _pair_sums, _cohen_of, confidence)


def _pair_sums(ratings: Ratings, categories: Sequence[Hashable]) -> np.ndarray:
    """(responses, 1 + twice the categories): whether two judges say the same, and what each of them says."""
    first, second = (counts_of([[row[side]] for row in ratings], categories) for side in (0, 1))
    return np.hstack([(first * second).sum(axis=1, keepdims=True), first, second])


def _cohen_of(sums: np.ndarray) -> np.ndarray:
    """Cohen's kappa from (..., 1 + twice the categories) sums; NaN where it is not defined."""
    first, second = np.split(sums[..., 1:], 2, axis=-1)
    total = first.sum(axis=-1)
    known = np.maximum(total, 1e-12)
    observed = np.where(total > 0, sums[..., 0] / known, math.nan)
    return beyond_chance(observed, (first * second).sum(axis=-1) / known**2)


def _estimate(
    ratings: Sequence[Ratings], clusters: Clusters, sums_of: _Sums, coefficient: _Coefficient, confidence: float
) -> Estimate:
    rows = [row for table in ratings for row in table]
    counts = Counter(one for row in rows for one in row if one is not None)
    chosen = sorted(counts, key=lambda one: (-counts[one], str(one)))  # in whatever order the rows come
    if not chosen:
        return UNKNOWN
    categories = chosen if len(chosen) > 1 else [*chosen, _OTHER]
    of = list(range(len(ratings[0]))) if clusters is None else list(clusters)
    sums = np.stack([_by_cluster(sums_of(table, categories), of) for table in ratings], axis=1)
    rated = {one for table in ratings for one, row in zip(of, table, strict=True) if {*row} - {None}}
    value = float(_over_answers(coefficient, sums.sum(axis=0)))
    if math.isnan(value):
        return UNKNOWN._replace(n=len(rated))
    telling = _telling(categories[0], categories[-1], max(map(len, rows)))
    turned = [row[::-1] for row in telling]  # so that no judge counts as the one who says the rarest
    more = (sums_of(telling, categories) + sums_of(turned, categories)) / 2 * len(of) / len(sums)
    whole = np.concatenate([sums, np.repeat(more[:, None], len(ratings), axis=1)])
    unlike = {one for table in ratings for one, row in zip(of, table, strict=True) if {*row} - {categories[0], None}}
    centre, spread = _jackknife(coefficient, whole)
    half = student(len(unlike) + len(more), confidence) * spread
    low, high = max(_least(rows), centre - half), min(1.0, centre + half)
    return Estimate(value, min(low, value), max(high, value), len(rated), JACKKNIFE)


def _telling(common: Hashable, rare: Hashable, raters: int) -> list[list[Hashable]]:
    """The two subjects that say most: all choose the rarest category; half do, and half choose the commonest."""
    return [[rare] * raters, [rare] * (raters // 2) + [common] * (raters - raters // 2)]


def _by_cluster(sums: np.ndarray, clusters: Sequence[Hashable]) -> np.ndarray:
    """Rows of one cluster added up."""
    places = {one: place for place, one in enumerate(dict.fromkeys(clusters))}
    made = np.zeros((len(places), sums.shape[1]))
    np.add.at(made, [places[one] for one in clusters], sums)
    return made


def _over_answers(coefficient: _Coefficient, sums: np.ndarray) -> np.ndarray:
    """(..., answers, sums) to (...): the mean over several answers to a prompt, of those where it is defined."""
    found = coefficient(sums)
    known = ~np.isnan(found)
    count = known.sum(axis=-1)
    total = np.where(known, found, 0.0).sum(axis=-1)
    made: np.ndarray = np.divide(total, count, out=np.full(np.shape(count), math.nan), where=count > 0)
    return made


def _jackknife(coefficient: _Coefficient, sums: np.ndarray) -> tuple[float, float]:
    """The coefficient of all clusters, and its standard error."""
    total = sums.sum(axis=0)
    centre = float(_over_answers(coefficient, total))
    without = _over_answers(coefficient, total - sums)
    moved = np.where(np.isnan(without), 0.0, without - centre)
    return centre, math.sqrt((len(sums) - 1) / len(sums) * float((moved**2).sum()))


def _least(rows: Ratings) -> float:
    """How far below 0 a coefficient can be, with so many ratings of a subject."""
    counts = [count for row in rows if (count := sum(one is not None for one in row)) > 1]
    return -sum(1 / (count - 1) for count in counts) / len(counts) if counts else -1.0
