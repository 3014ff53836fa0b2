"""Judged responses to a table of prompts by languages, which all statistics start from."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from ..judges import Verdict
from .measures import Asked, Measure


def outcome_table(
    judged: Sequence[tuple[Asked, Verdict]],
    measure: Measure,
    languages: Sequence[str],
    groups: Sequence[str] | None = None,
) -> np.ndarray:
    """One measure's outcomes.

    Args:
        judged: responses with their verdicts; those in other languages are left out.
        measure: the question.
        languages: the columns.
        groups: the rows; None: the prompts that have a response in these languages, in the order in which they appear.

    Returns:
        (prompts, languages): 1 for true, 0 for false, NaN where there is no response, the judge failed, or the question
        is not asked.
    """
    columns = {tag: place for place, tag in enumerate(languages)}
    rows: dict[str, list[float]] = {group: [math.nan] * len(columns) for group in groups or ()}
    for response, verdict in judged:
        if response.language in columns and (groups is None or response.group in rows):
            outcome = measure(response, verdict)
            row = rows.get(response.group) or rows.setdefault(response.group, [math.nan] * len(columns))
            row[columns[response.language]] = math.nan if outcome is None else float(outcome)
    return np.array(list(rows.values())) if rows else np.empty((0, len(columns)))
