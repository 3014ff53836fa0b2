"""Chance-corrected agreement among raters, or among languages as raters of one prompt."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Hashable, Sequence

import numpy as np

Ratings = Sequence[Sequence[Hashable | None]]


def fleiss_kappa(ratings: Ratings) -> float:
    """Fleiss' kappa.

    Args:
        ratings: one row a subject (prompt), one entry a rater (language), the same number in every row, at least two;
            None where there is no rating. Subjects with one rating count for how often a category is chosen only.

    Returns:
        At most 1; NaN where it is not defined (no subject with two ratings, or one category only).

    Raises:
        ValueError: for rows of different lengths.

    Source: Fleiss, Psychological Bulletin 76, 1971; with missing ratings Gwet, Handbook of Inter-Rater Reliability,
    2014.
    Where nearly all ratings are alike it is near 0 or below however well the raters agree; :func:`gwet_ac1` is not.
    """
    return float(fleiss_of(subject_sums(ratings, categories_of(ratings)).sum(0)))


def gwet_ac1(ratings: Ratings) -> float:
    """Gwet's AC1, which unlike kappa stays meaningful where nearly all ratings are alike.

    Source: Gwet, British Journal of Mathematical and Statistical Psychology 61, 2008; with missing ratings his Handbook
    of Inter-Rater Reliability, 2014.

    Args:
        ratings: as for :func:`fleiss_kappa`.

    Returns:
        At most 1; 1 where there is one category only; NaN for no subject with two ratings.

    Raises:
        ValueError: for rows of different lengths.

    Example:
        >>> round(gwet_ac1([["a", "a"], ["a", "b"]]), 3)
        0.2
    """
    return float(ac1_of(subject_sums(ratings, categories_of(ratings)).sum(0)))


def categories_of(ratings: Ratings) -> list[Hashable]:
    """What raters say, in an order of its own."""
    return sorted({one for row in ratings for one in row if one is not None}, key=str)


def counts_of(ratings: Ratings, categories: Sequence[Hashable]) -> np.ndarray:
    """(subjects, categories): how many raters chose each."""
    known = [Counter(one for one in row if one is not None) for row in ratings]
    rows = [[row[category] for category in categories] for row in known]
    return np.array(rows, dtype=float).reshape(len(rows), len(categories))


def subject_sums(ratings: Ratings, categories: Sequence[Hashable]) -> np.ndarray:
    """(subjects, 3 + categories): what :func:`fleiss_of` and :func:`ac1_of` want, added up over subjects.

    Of a subject: the share of pairs of its ratings that agree, whether it has a pair, whether it has a rating, and how
    often each category is chosen, as shares.

    Raises:
        ValueError: for rows of different lengths.
    """
    if len({len(row) for row in ratings}) > 1:
        raise ValueError(
            "ratings: expected the same number of raters for every subject, got rows of different lengths."
        )
    counts = counts_of(ratings, categories)
    raters = counts.sum(axis=1, keepdims=True)
    pairs = raters * (raters - 1)
    agreeing = np.divide((counts * (counts - 1)).sum(axis=1, keepdims=True), pairs, out=0 * pairs, where=pairs > 0)
    shares = np.divide(counts, raters, out=np.zeros_like(counts), where=raters > 0)
    made: np.ndarray = np.hstack([agreeing, raters > 1, raters > 0, shares])
    return made


def fleiss_of(sums: np.ndarray) -> np.ndarray:
    """Fleiss' kappa from (..., 3 + categories) sums; NaN where it is not defined."""
    observed, share = _observed_and_shares(sums)
    return beyond_chance(observed, (share**2).sum(axis=-1))


def ac1_of(sums: np.ndarray) -> np.ndarray:
    """Gwet's AC1 from (..., 3 + categories) sums; NaN where it is not defined."""
    observed, share = _observed_and_shares(sums)
    return beyond_chance(observed, (share * (1 - share)).sum(axis=-1) / max(1, share.shape[-1] - 1))


def _observed_and_shares(sums: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The mean share of pairs that agree, NaN for no pair; and how often each category is chosen."""
    pairs, rated = sums[..., 1], sums[..., 2:3]
    observed = np.divide(sums[..., 0], pairs, out=np.full(pairs.shape, math.nan), where=pairs > 0)
    return observed, np.divide(sums[..., 3:], rated, out=np.zeros_like(sums[..., 3:]), where=rated > 0)


def beyond_chance(observed: np.ndarray, chance: np.ndarray) -> np.ndarray:
    """Agreement beyond chance as a share of what there could be; NaN where chance alone gives all."""
    room = 1 - chance
    made: np.ndarray = np.divide(observed - chance, room, out=np.full(room.shape, math.nan), where=room > 1e-12)
    return made
