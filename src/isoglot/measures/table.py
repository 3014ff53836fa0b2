"""Judged responses to a table of prompts by languages, which all statistics start from."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .measures import Judged, Measure


def outcome_table(judged: Sequence[Judged], measure: Measure, languages: Sequence[str]) -> np.ndarray:
    """One measure's outcomes.

    Args:
        judged: responses with their verdicts; those in other languages are left out.
        measure: the question.
        languages: the columns.

    Returns:
        (prompts, languages) in the order in which prompts first appear: 1 for true, 0 for false, NaN where there is
        no response, the judge failed, or the question is not asked.
    """
    columns = {tag: place for place, tag in enumerate(languages)}
    rows: dict[str, np.ndarray] = {}
    for response, verdict in judged:
        if response.language in columns:
            row = rows.setdefault(response.group, np.full(len(columns), np.nan))
            outcome = measure(response, verdict)
            row[columns[response.language]] = np.nan if outcome is None else float(outcome)
    return np.stack(list(rows.values())) if rows else np.empty((0, len(columns)))
