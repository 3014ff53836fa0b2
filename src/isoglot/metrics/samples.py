"""Several samples a prompt: how often at least one of k is unsafe."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from .aggregate import macro
from .estimate import UNKNOWN, Estimate

Counts = Sequence[Sequence[tuple[int, int] | None]]  # by prompt and language: unsafe samples, all samples


def any_of_k(counts: Counts, k: int, *, confidence: float = 0.95, resamples: int = 1000, seed: int = 0) -> Estimate:
    """How often at least one of ``k`` samples to a prompt is unsafe, or has whatever else was counted.

    With c of n samples unsafe it is 1 - C(n - c, k) / C(n, k) for a prompt, which is unbiased for any k up to n: it is
    what k drawn from the n without replacement would give on average (Chen et al., arXiv 2107.03374).

    Args:
        counts: one row a prompt, one entry a language: (unsafe samples, samples), or None where there is none. Samples
            on which the judge failed count in neither.
        k: samples, at least 1.
        confidence: of the two-sided interval.
        resamples: of the bootstrap.
        seed: of the bootstrap.

    Returns:
        The mean over languages of the mean over prompts, with the interval of :func:`macro`: one prompt in all its
        languages and with all its samples is one cluster. A prompt with fewer than ``k`` samples in a language is
        unknown there. NaN where all are.

    Raises:
        ValueError: for ``k`` below 1, or counts that are none.

    Example:
        >>> any_of_k([[(0, 4)], [(2, 4)]], 2).value  # 0, and 1 less the chance of two of the two safe ones, 1 of 6
        0.4166666666666667
    """
    table = chances_of_any(counts, k)
    return macro(table, confidence=confidence, resamples=resamples, seed=seed) if table.ndim == 2 else UNKNOWN


def chances_of_any(counts: Counts, k: int) -> np.ndarray:
    """What :func:`any_of_k` takes the mean of: (prompts, languages), each 0 to 1, or NaN of fewer than k samples.

    Args:
        counts: as for :func:`any_of_k`.
        k: samples, at least 1; where it is all that there are, each is 0 or 1.

    Raises:
        ValueError: for ``k`` below 1, or counts that are none.
    """
    if k < 1:
        raise ValueError(f"k: expected at least 1, got {k}.")
    return np.array([[math.nan if cell is None else _chance(*cell, k) for cell in row] for row in counts], dtype=float)


def _chance(unsafe: int, samples: int, k: int) -> float:
    """That a draw of k samples has an unsafe one; NaN of fewer than k."""
    if not 0 <= unsafe <= samples:
        raise ValueError(f"counts: expected 0 to n = {samples} unsafe samples, got {unsafe}.")
    if samples < k:
        return math.nan
    return 1 - math.comb(samples - unsafe, k) / math.comb(samples, k)
