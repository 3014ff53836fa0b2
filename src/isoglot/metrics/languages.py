"""How alike a model behaves over languages."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Hashable, Mapping, Sequence

import numpy as np

from .aggregate import RESAMPLES, micro
from .estimate import Estimate

Outcomes = Mapping[str, Sequence[Hashable | None]]  # language -> outcome of each prompt, parallel; None: not known


def lowest(rates: Mapping[str, float]) -> list[str]:
    """The languages with the lowest rate: one, or all that share it, since then none of them is the worst.

    Args:
        rates: by language; NaN for one without outcomes, which does not count.

    Example:
        >>> lowest({"sw": 0.5, "zh": 0.5, "ru": 1.0})
        ['sw', 'zh']
    """
    known = {tag: rate for tag, rate in rates.items() if not math.isnan(rate)}
    least = min(known.values(), default=math.nan)
    return [tag for tag, rate in known.items() if rate - least < 1e-9]  # means over seeds are rounded


def language_variance(rates: Sequence[float]) -> float:
    """The paper's ``Var``: population variance (ddof 0) of the languages' shares, times 100.

    Source: arXiv 2602.16660, whose printed values this formula reproduces.

    Args:
        rates: one share in [0, 1] per language; NaN for one without prompts, which does not count.

    Returns:
        At least 0, at most 25; NaN for no language.

    Example:
        >>> round(language_variance([0.5, 1.0]), 2)
        6.25
    """
    known = [rate for rate in rates if not math.isnan(rate)]
    return float(np.var(known) * 100) if known else math.nan


def sampling_variance(rates: Sequence[float], n: int) -> float:
    """What ``language_variance`` would be by sampling alone, if every language had the mean rate: p(1-p)/n times 100.

    The expected ddof-0 variance over L independent languages is (L-1)/L of that; samples that share their prompts
    vary less. It is the noise floor to print next to ``Var``.

    Args:
        rates: as for :func:`language_variance`.
        n: prompts, the same in every language.

    Returns:
        At least 0, in the unit of :func:`language_variance`; NaN for no language or no prompt.

    Example:
        >>> round(sampling_variance([0.5, 1.0], 10), 2)
        0.94
    """
    known = [rate for rate in rates if not math.isnan(rate)]
    if not known or n == 0:
        return math.nan
    mean = sum(known) / len(known)
    return 100 * mean * (1 - mean) / n * (len(known) - 1) / len(known)


def pairwise_agreement(outcomes: Outcomes) -> float:
    """PAG: of all pairs of languages on all prompts, the share with the same outcome.

    The paper does not define its PAG; this is plain agreement, to be read next to :func:`agreement_bounds`.

    Args:
        outcomes: language -> outcome of each prompt, parallel by position; None where there is none. A pair counts
            where both are known.

    Returns:
        A share in [0, 1]; NaN if no pair is known.

    Example:
        >>> pairwise_agreement({"en": [1, 1], "sw": [1, 0]})
        0.5
    """
    agreeing = pairs = 0
    for row in zip(*outcomes.values(), strict=True):
        counts = Counter(outcome for outcome in row if outcome is not None)
        agreeing += sum(n * (n - 1) // 2 for n in counts.values())
        pairs += counts.total() * (counts.total() - 1) // 2
    return agreeing / pairs if pairs else math.nan


def agreement_rate(*tables: np.ndarray, confidence: float = 0.95, resamples: int = RESAMPLES) -> Estimate:
    """PAG with its interval: prompts are resampled, with all their pairs of languages.

    Args:
        tables: (prompts, languages), 1, 0 or NaN where there is none; one for each of several answers to a prompt.
        confidence: of the two-sided interval.
        resamples: of the bootstrap.

    Returns:
        The share of pairs with the same outcome, with their counts, and an interval as that of
        :func:`~isoglot.metrics.micro`; NaN if no pair is known.
    """
    ones, others = np.triu_indices(tables[0].shape[1], 1)
    differ = np.hstack([np.abs(table[:, ones] - table[:, others]) for table in tables])
    return micro(1 - differ, confidence=confidence, resamples=resamples)


def agreement_bounds(rates: Sequence[float]) -> tuple[float, float]:
    """Lowest and highest pairwise agreement that two-valued outcomes with these rates can have.

    Args:
        rates: share of one of the two outcomes in each language, the same prompts everywhere.

    Returns:
        (lowest, highest). A pair of languages with shares p and q agrees on at most 1 - |p - q|, all pairs at once
        when the prompts are ordered alike. The lowest comes from spreading each prompt's count as evenly as can be.
    """
    known = np.asarray([rate for rate in rates if not math.isnan(rate)])
    count = len(known)
    if count < 2:
        return math.nan, math.nan
    gaps = np.abs(known[:, None] - known[None, :])
    greatest = 1 - gaps[np.triu_indices(count, 1)].mean()
    total = known.sum()  # mean number of languages with the outcome per prompt
    whole, part = math.floor(total), total - math.floor(total)

    def pairs_agreeing(k: int) -> float:
        return k * (k - 1) / 2 + (count - k) * (count - k - 1) / 2

    pairs = count * (count - 1) / 2
    least = (1 - part) * pairs_agreeing(whole) + (part * pairs_agreeing(whole + 1) if part else 0.0)
    return least / pairs, float(greatest)


def loophole_rate(pivot_safe: Sequence[bool | None], other_safe: Sequence[bool | None]) -> float:
    """Share of prompts that are safe in the pivot and not in another language.

    Args:
        pivot_safe: whether the response to each prompt is safe in the pivot; None: not known, which leaves it out.
        other_safe: the same of the other language, parallel. Outcomes are more than two: what is no answer helps
            nobody, so say whether it is *not unsafe*.

    Returns:
        A share in [0, 1], of the prompts that are known in both; NaN if none is.

    Raises:
        ValueError: for lists of different lengths.

    Example:
        >>> loophole_rate([True, True, False, None], [True, False, False, False])
        0.3333333333333333
    """
    known = [(p, o) for p, o in zip(pivot_safe, other_safe, strict=True) if p is not None and o is not None]
    return sum(p and not o for p, o in known) / len(known) if known else math.nan


def agreement_bounds_of(table: np.ndarray) -> tuple[float, float]:
    """Lowest and highest pairwise agreement that outcomes with the rates of a table can have, where some are not known.

    Languages that do not have the same prompts may agree by more than :func:`agreement_bounds` of their rates: only
    prompts that both know make a pair. Of a table in which all is known the two are the same.

    Args:
        table: (prompts, languages), 1, 0 or NaN where there is none.

    Returns:
        (lowest, highest), which :func:`pairwise_agreement` of the table is never outside of; NaN without a pair. The
        highest is by the rates that each pair of languages has on its common prompts, the lowest by how many of the
        known outcomes are 1, over prompts that are known in two languages or more.
    """
    known = ~np.isnan(table)
    sizes = known.sum(axis=1)
    table, known, sizes = table[sizes > 1], known[sizes > 1], sizes[sizes > 1]
    pairs = float((sizes * (sizes - 1) / 2).sum())
    if not pairs:
        return math.nan, math.nan
    ones = np.where(known, table, 0.0)
    there = known.astype(float)
    # [i, j]: how many prompts are 1 in language i, of those that j knows, too
    apart = np.abs(ones.T @ there - there.T @ ones)[np.triu_indices(table.shape[1], 1)]
    # One more language of a prompt with the outcome changes how many of its pairs agree; the least change comes first.
    changes = np.sort(np.concatenate([2 * np.arange(size) - size + 1 for size in sizes]))
    fewest = pairs + changes[: round(float(ones.sum()))].sum()
    return float(fewest / pairs), float(1 - apart.sum() / pairs)
