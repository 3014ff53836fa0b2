"""Objectives: pure functions from a group's representations to one value. They know torch and nothing else.

Every one takes ``z`` (groups, languages, dim), ``weights`` and ``mask`` (groups, languages) and ``center``, and returns
(groups,). ``OBJECTIVES`` lists them; ``objective`` adds one of your own.
"""

from __future__ import annotations

from ._cosines import of_cosines, of_cosines_across
from ._registry import BETWEEN_PROMPTS, OBJECTIVES, Objective, find_objective, objective
from ._rows import rows, unit_rows
from .centroid import centroid
from .info_nce import info_nce
from .pairwise_cosine import pairwise_cosine
from .pivot_cosine import pivot_cosine
from .pivot_distance import pivot_distance
from .rank_one import rank_one

__all__ = [
    "BETWEEN_PROMPTS",
    "OBJECTIVES",
    "Objective",
    "centroid",
    "find_objective",
    "info_nce",
    "objective",
    "of_cosines",
    "of_cosines_across",
    "pairwise_cosine",
    "pivot_cosine",
    "pivot_distance",
    "rank_one",
    "rows",
    "unit_rows",
]
