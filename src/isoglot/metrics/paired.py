"""Two models on the same prompts: their difference, tests, and the adjustment of many tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from ..extras import need
from .aggregate import RESAMPLES, Table, cells_of_mean, mean_over_languages
from .estimate import Estimate
from .few import reaching_difference
from .wilson import wilson


class McNemar(NamedTuple):
    """Exact McNemar test: how many prompts only the first, only the second got right, and the two-sided p."""

    only_first: int
    only_second: int
    p: float


def paired_difference(
    first: Table, second: Table, *, confidence: float = 0.95, resamples: int = RESAMPLES, seed: int = 0
) -> Estimate:
    """How much higher one model's mean of languages is than another's on the same prompts.

    Args:
        first: (prompts, languages), 1 for success, 0 for none, NaN where there is no outcome.
        second: the same prompts and languages of the other model.
        confidence: of the two-sided interval.
        resamples: of the bootstrap.
        seed: of the bootstrap.

    Returns:
        The mean over languages of the differences, in [-1, 1], where both have an outcome. The interval is a bootstrap
        over prompts of the differences, one prompt in all its languages being one cluster: prompts that are hard for
        both models cancel out, so that it is narrower than two intervals apart make believe. It reaches at least as far
        as an interval made for few prompts (:func:`~isoglot.metrics.few.reaching_difference`). Where all differences
        are alike a bootstrap shows no spread, and the interval reaches as far as prompts could differ of which so many
        showed none (Wilson's). NaN for no outcome in common.

    Example:
        >>> paired_difference([[1, 1], [1, 0]], [[0, 1], [1, 0]]).value
        0.25
    """
    table = np.asarray(first, dtype=float) - np.asarray(second, dtype=float)
    known = ~np.isnan(table)
    table = table[known.any(axis=1)] if table.ndim == 2 else table
    found = mean_over_languages(table, confidence=confidence, resamples=resamples, seed=seed)
    if found.n and (table[~np.isnan(table)] == found.value).all():
        unseen = 1 - wilson(found.n, found.n, confidence=confidence).low
        return found._replace(low=max(-1.0, found.value - unseen), high=min(1.0, found.value + unseen))
    return reaching_difference(found, cells_of_mean(table), confidence) if found.n else found


def mcnemar(first: Sequence[bool | None], second: Sequence[bool | None]) -> McNemar:
    """Exact (binomial) McNemar test of two models on the same prompts.

    Args:
        first: whether each prompt came out right with one model; None: not known, which leaves the prompt out.
        second: the same of the other, parallel.

    Returns:
        Counts of disagreements and the two-sided p, 1 where there is none.

    Raises:
        ValueError: for lists of different lengths.
        MissingLibraryError: without the libraries of the extra ``eval``, where any prompt differs.

    Example:
        >>> mcnemar([True] * 6, [False] * 6).p
        0.03125
    """
    pairs = list(zip(first, second, strict=True))
    known = [(x, y) for x, y in pairs if x is not None and y is not None]
    b = sum(bool(x and not y) for x, y in known)
    c = sum(bool(y and not x) for x, y in known)
    if b + c == 0:
        return McNemar(0, 0, 1.0)
    need("eval", "mcnemar")
    from scipy.stats import binomtest

    return McNemar(b, c, float(binomtest(b, b + c).pvalue))


def holm(p_values: Mapping[str, float]) -> dict[str, float]:
    """Holm's step-down adjustment of several tests' p values (Holm, Scandinavian Journal of Statistics 6, 1979).

    Args:
        p_values: by the test's name, each in [0, 1].

    Returns:
        By the same names in the same order, each at most 1. The chance of any false alarm among those below a bound is
        at most that bound, however the tests hang together.

    Example:
        >>> holm({"sw": 0.01, "zh": 0.5})
        {'sw': 0.02, 'zh': 0.5}
    """
    adjusted, running = {}, 0.0
    for rank, (name, p) in enumerate(sorted(p_values.items(), key=lambda item: item[1])):
        running = max(running, min(1.0, (len(p_values) - rank) * p))
        adjusted[name] = running
    return {name: adjusted[name] for name in p_values}
