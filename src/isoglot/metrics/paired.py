"""Two models on the same prompts: tests, and their adjustment for many of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from ..extras import need


class McNemar(NamedTuple):
    """Exact McNemar test: how many prompts only the first, only the second got right, and the two-sided p."""

    only_first: int
    only_second: int
    p: float


def mcnemar(first: Sequence[bool | None], second: Sequence[bool | None]) -> McNemar:
    """Exact (binomial) McNemar test of two models on the same prompts.

    Args:
        first: whether each prompt came out right with one model; None: not known, which leaves the prompt out.
        second: the same of the other, parallel.

    Returns:
        Counts of disagreements and the two-sided p, 1 where there is none.

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
    """Holm's step-down adjustment of several tests' p values, by name (Holm, Scandinavian J. of Statistics 6, 1979).

    Example:
        >>> holm({"sw": 0.01, "zh": 0.5})
        {'sw': 0.02, 'zh': 0.5}
    """
    adjusted, running = {}, 0.0
    for rank, (name, p) in enumerate(sorted(p_values.items(), key=lambda item: item[1])):
        running = max(running, min(1.0, (len(p_values) - rank) * p))
        adjusted[name] = running
    return {name: adjusted[name] for name in p_values}
