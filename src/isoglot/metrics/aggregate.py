"""One rate over several languages, in two ways: they differ where languages differ in size."""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence

import numpy as np

from .bootstrap import percentiles, rates_drawn, times_drawn
from .estimate import BOOTSTRAP, UNKNOWN, Estimate
from .few import contributions, reaching_rate
from .wilson import all_alike, wilson

RESAMPLES = 1000
Table = np.ndarray | Sequence[Sequence[float]]  # (prompts, languages): 1, 0, or NaN where nothing is known


def macro(table: Table, *, confidence: float = 0.95, resamples: int = RESAMPLES, seed: int = 0) -> Estimate:
    """The mean of the languages' rates: every language counts the same, however many prompts it has.

    Args:
        table: (prompts, languages), 1 for success, 0 for none, NaN where there is no outcome.
        confidence: of the two-sided interval.
        resamples: of the bootstrap.
        seed: of the bootstrap.

    Returns:
        The mean with a bootstrap interval over prompts, one prompt in all its languages being one cluster (arXiv
        2411.00640). It reaches at least as far as Wilson's with as many trials as the prompts are worth, since a
        bootstrap of few prompts, or near 0 and 1, is too narrow. Where all outcomes are alike the interval is Wilson's
        with a prompt as one trial. NaN for no outcome.

    Example:
        >>> round(macro([[0, 1], [0, 1], [float("nan"), 1]]).value, 2)
        0.5
    """
    found = mean_over_languages(table, confidence=confidence, resamples=resamples, seed=seed)
    if not 0 < found.value < 1:
        return all_alike(found.value, found.n, confidence=confidence) if found.n else found
    return reaching_rate(found, cells_of_mean(table), confidence)


def micro(table: Table, *, confidence: float = 0.95, resamples: int = RESAMPLES, seed: int = 0) -> Estimate:
    """The rate pooled over all responses: a language counts by its number of prompts.

    Args:
        table: as for :func:`macro`.
        confidence: of the two-sided interval.
        resamples: of the bootstrap.
        seed: of the bootstrap.

    Returns:
        The rate and its counts, with an interval as that of :func:`macro`.

    Example:
        >>> pooled = micro([[0, 1], [0, 1], [float("nan"), 1]])
        >>> pooled.k, pooled.n
        (3, 5)
    """
    outcomes = np.asarray(table, dtype=float)
    known = ~np.isnan(outcomes)
    k, n = int(np.where(known, outcomes, 0.0).sum()), int(known.sum())
    if n == 0:
        return UNKNOWN._replace(k=0)
    if k in (0, n):
        return all_alike(k / n, _prompts(outcomes), confidence=confidence)._replace(k=k, n=n)
    times = times_drawn(len(outcomes), resamples, seed)
    successes, trials = times @ np.where(known, outcomes, 0.0).sum(1), times @ known.sum(1)
    rates = np.divide(successes, trials, out=np.full(resamples, math.nan), where=trials > 0)
    found = Estimate(k / n, *percentiles(rates, confidence), n, BOOTSTRAP, k)
    asked = outcomes[known.any(axis=1)]
    centred = np.where(np.isnan(asked), 0.0, asked - k / n) * len(asked) / n
    return reaching_rate(found, centred, confidence)


def clustered_rate(outcomes: Sequence[bool], clusters: Sequence[Hashable], *, confidence: float = 0.95) -> Estimate:
    """A rate of which several trials may be of one prompt.

    Args:
        outcomes: of each trial.
        clusters: whose it is, parallel.
        confidence: of the two-sided interval.

    Returns:
        The rate with its counts: with Wilson's interval where each trial is of a prompt of its own, else with that of
        :func:`micro`.

    Example:
        >>> clustered_rate([True, True, False], ["a", "a", "b"]).n
        3
    """
    found: dict[Hashable, list[float]] = {}
    for outcome, cluster in zip(outcomes, clusters, strict=True):
        found.setdefault(cluster, []).append(float(outcome))
    most = max(map(len, found.values()), default=0)
    if most < 2:
        return wilson(sum(map(bool, outcomes)), len(outcomes), confidence=confidence)
    rows = [row + [math.nan] * (most - len(row)) for row in found.values()]
    return micro(rows, confidence=confidence)


def mean_over_languages(
    outcomes: Table,
    *,
    confidence: float = 0.95,
    resamples: int = 2000,
    seed: int = 0,
) -> Estimate:
    """The mean over languages of each language's mean, with a bootstrap over prompts.

    One prompt in all its languages is one cluster (arXiv 2411.00640). Given the differences between two models'
    outcomes it is the paired bootstrap of the difference.

    Args:
        outcomes: (prompts, languages), 1 for success, 0 for none, NaN where there is no outcome.
        confidence: of the two-sided interval.
        resamples: how many.
        seed: of the resampling.

    Returns:
        The mean with its percentile interval; NaN for no outcome.

    Example:
        >>> mean_over_languages([[1, 0], [1, 1]]).value
        0.75
    """
    table = np.asarray(outcomes, dtype=float)
    if table.ndim != 2 or not table.size:
        return UNKNOWN
    value = _mean_over_languages(table, np.ones((1, len(table))))
    times = times_drawn(len(table), resamples, seed)
    ends = percentiles(_mean_over_languages(table, times), confidence)
    return Estimate(float(value[0]), *ends, _prompts(table), BOOTSTRAP)


def cells_of_mean(table: Table) -> np.ndarray:
    """What each outcome contributes to the mean over languages, of the prompts with any; as :func:`contributions`."""
    outcomes = np.asarray(table, dtype=float)
    outcomes = outcomes[(~np.isnan(outcomes)).any(axis=1)]
    count = (~np.isnan(outcomes)).sum(0)
    known = count > 0
    weights = np.divide(1 / max(1, known.sum()), count, out=np.zeros(len(count)), where=known)
    return contributions(outcomes, weights)


def _mean_over_languages(table: np.ndarray, times: np.ndarray) -> np.ndarray:
    """(draws,): the mean over languages where prompts count so many times; NaN where nothing is known."""
    rates = rates_drawn(table, times)
    languages = (~np.isnan(rates)).sum(1)
    made: np.ndarray = np.divide(np.nansum(rates, 1), languages, out=np.full(len(times), math.nan), where=languages > 0)
    return made


def _prompts(table: np.ndarray) -> int:
    """How many prompts have an outcome in any language."""
    return int((~np.isnan(table)).any(axis=1).sum()) if table.ndim == 2 else 0
