"""Objectives: pure functions from a group's representations to one value. They know torch and nothing else.

Every one takes ``z`` (groups, languages, dim), ``weights`` and ``mask`` (groups, languages), and returns (groups,).
"""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor

from .pivot_cosine import pivot_cosine
from .rank_one import rank_one

OBJECTIVES: dict[str, Callable[..., Tensor]] = {"rank_one": rank_one, "pivot_cosine": pivot_cosine}

__all__ = ["OBJECTIVES", "pivot_cosine", "rank_one"]
