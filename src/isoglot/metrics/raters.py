"""Agreement of judges, each of whom may have failed on some responses."""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence

import numpy as np

from ..extras import need
from .agreement import categories_of, counts_of


def cohen_kappa(first: Sequence[Hashable | None], second: Sequence[Hashable | None]) -> float:
    """Cohen's kappa of two judges, by statsmodels (Educational and Psychological Measurement 20, 1960).

    Args:
        first: one judge's ratings.
        second: the other's, parallel; None where a judge gave none, which leaves the response out.

    Returns:
        At most 1: 0 is what chance gives; NaN where it is not defined (no response, or one and the same rating).

    Raises:
        ValueError: for lists of different lengths.
        MissingLibraryError: without the libraries of the extra ``eval``.

    Example:
        >>> round(cohen_kappa(["safe", "safe", "unsafe", None], ["safe", "unsafe", "unsafe", "safe"]), 2)
        0.4
    """
    pairs = [(x, y) for x, y in zip(first, second, strict=True) if x is not None and y is not None]
    categories = {
        rating: place for place, rating in enumerate(dict.fromkeys(rating for pair in pairs for rating in pair))
    }
    if len(categories) < 2:
        return math.nan
    table = np.zeros((len(categories), len(categories)))
    for x, y in pairs:
        table[categories[x], categories[y]] += 1
    need("eval", "cohen_kappa")
    from statsmodels.stats.inter_rater import cohens_kappa

    return float(cohens_kappa(table, return_results=False))


def krippendorff_alpha(ratings: Sequence[Sequence[Hashable | None]]) -> float:
    """Krippendorff's alpha for named categories: any number of judges, with gaps.

    Source: Krippendorff, Content Analysis, 2004, chapter 11: 1 - observed / expected disagreement, each response
    counting by how many judges rated it.

    Args:
        ratings: one row a response, one entry a judge; None where a judge gave none. A response with fewer than two
            ratings says nothing of agreement, and is left out.

    Returns:
        At most 1: 0 is what chance gives; NaN where it is not defined (no response with two ratings, or one and the
        same rating everywhere).

    Example:
        >>> round(krippendorff_alpha([["a", "a", None], ["a", "b", "b"], ["b", "b", "b"]]), 3)
        0.533
    """
    return float(alpha_of(response_sums(ratings, categories_of(ratings)).sum(0)))


def response_sums(ratings: Sequence[Sequence[Hashable | None]], categories: Sequence[Hashable]) -> np.ndarray:
    """(responses, 1 + categories): what :func:`alpha_of` wants, added up over responses.

    Of a response: its pairs of ratings that differ, each over the ratings less one; and how often each category is
    chosen. Zeros of one with fewer than two ratings.
    """
    counts = counts_of(ratings, categories)
    rated = counts.sum(axis=1, keepdims=True)
    counts = np.where(rated > 1, counts, 0.0)
    differing = rated**2 - (counts**2).sum(axis=1, keepdims=True)
    made: np.ndarray = np.hstack([np.divide(differing, rated - 1, out=np.zeros_like(rated), where=rated > 1), counts])
    return made


def alpha_of(sums: np.ndarray) -> np.ndarray:
    """Krippendorff's alpha from (..., 1 + categories) sums; NaN where it is not defined."""
    counts = sums[..., 1:]
    n = counts.sum(axis=-1)
    expected = n**2 - (counts**2).sum(axis=-1)
    ratio = np.divide((n - 1) * sums[..., 0], expected, out=np.full(n.shape, math.nan), where=expected > 1e-9)
    made: np.ndarray = 1 - ratio
    return made
