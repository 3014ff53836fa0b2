"""Chance-corrected agreement among raters, or among languages as raters of one prompt."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Hashable, Sequence

import numpy as np

from ..extras import need


def _counts(ratings: Sequence[Sequence[Hashable]]) -> np.ndarray:
    """(subjects, categories): how many raters chose each; ratings: one row a subject, one entry a rater."""
    if len({len(row) for row in ratings}) > 1:
        raise ValueError(
            "ratings: expected the same number of raters for every subject, got rows of different lengths."
        )
    categories = sorted({rating for row in ratings for rating in row}, key=str)
    return np.array([[Counter(row)[category] for category in categories] for row in ratings], dtype=float)


def fleiss_kappa(ratings: Sequence[Sequence[Hashable]]) -> float:
    """Fleiss' kappa by statsmodels.

    Args:
        ratings: one row a subject (prompt), one entry a rater (language), the same number in every row, at least two.

    Returns:
        At most 1; NaN where it is not defined (no subject, or one category only).

    Raises:
        ValueError: for rows of different lengths.

    Source: Fleiss, Psychological Bulletin 76, 1971. Where nearly all ratings are alike it is near 0 or below however
    well the raters agree; :func:`gwet_ac1` is not.
    """
    if not ratings or len(ratings[0]) < 2:
        return math.nan
    counts = _counts(ratings)
    if counts.shape[1] < 2:
        return math.nan
    need("eval", "fleiss_kappa")
    from statsmodels.stats.inter_rater import fleiss_kappa as kappa

    return float(kappa(counts))


def gwet_ac1(ratings: Sequence[Sequence[Hashable]]) -> float:
    """Gwet's AC1, which unlike kappa stays meaningful where nearly all ratings are alike.

    Source: Gwet, British Journal of Mathematical and Statistical Psychology 61, 2008.

    Args:
        ratings: as for :func:`fleiss_kappa`.

    Returns:
        At most 1; 1 where there is one category only; NaN for no subject.

    Raises:
        ValueError: for rows of different lengths.

    Example:
        >>> round(gwet_ac1([["a", "a"], ["a", "b"]]), 3)
        0.2
    """
    if not ratings or len(ratings[0]) < 2:
        return math.nan
    counts = _counts(ratings)
    raters, categories = counts.sum(1)[0], counts.shape[1]
    if categories < 2:
        return 1.0
    observed = ((counts * (counts - 1)).sum(1) / (raters * (raters - 1))).mean()
    share = (counts / raters).mean(0)
    chance = (share * (1 - share)).sum() / (categories - 1)
    return float((observed - chance) / (1 - chance))
