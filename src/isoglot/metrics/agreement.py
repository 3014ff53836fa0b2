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
    counts = _counts(ratings)
    observed, share = _observed(counts), _shares(counts)
    if math.isnan(observed) or len(share) < 2:
        return math.nan
    chance = float((share**2).sum())
    return (observed - chance) / (1 - chance)


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
    counts = _counts(ratings)
    observed, share = _observed(counts), _shares(counts)
    if math.isnan(observed):
        return math.nan
    if len(share) < 2:
        return 1.0
    chance = float((share * (1 - share)).sum()) / (len(share) - 1)
    return (observed - chance) / (1 - chance)


def _counts(ratings: Ratings) -> np.ndarray:
    """(subjects, categories): how many raters chose each; of the subjects that have a rating."""
    if len({len(row) for row in ratings}) > 1:
        raise ValueError(
            "ratings: expected the same number of raters for every subject, got rows of different lengths."
        )
    known = [Counter(one for one in row if one is not None) for row in ratings]
    categories = sorted({category for row in known for category in row}, key=str)
    rows = [[row[category] for category in categories] for row in known if row]
    return np.array(rows, dtype=float).reshape(len(rows), len(categories))


def _observed(counts: np.ndarray) -> float:
    """The mean over subjects of the share of pairs of their ratings that agree; NaN if none has a pair."""
    raters = counts.sum(axis=1)
    paired, of = counts[raters > 1], raters[raters > 1]
    return float(((paired * (paired - 1)).sum(axis=1) / (of * (of - 1))).mean()) if len(paired) else math.nan


def _shares(counts: np.ndarray) -> np.ndarray:
    """How often each category is chosen: the mean over subjects."""
    made: np.ndarray = (counts / counts.sum(axis=1, keepdims=True)).mean(axis=0) if len(counts) else np.empty(0)
    return made
