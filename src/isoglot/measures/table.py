"""Judged responses to a table of prompts by languages, which all statistics start from."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from ..judges import Verdict
from .measures import Asked, Measure


def languages_in(judged: Sequence[tuple[Asked, Verdict]], order: Sequence[str] = ()) -> list[str]:
    """The languages of responses, as they first come, or in an order: that of all kinds, so that tables are alike."""
    there = dict.fromkeys(response.language for response, _ in judged)
    return [tag for tag in dict.fromkeys([*order, *there]) if tag in there]


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
        is not asked. Of several samples of one prompt it is the mean of those that are known.
    """
    columns = {tag: place for place, tag in enumerate(languages)}
    true: dict[str, list[float]] = {group: [0.0] * len(columns) for group in groups or ()}
    known: dict[str, list[int]] = {group: [0] * len(columns) for group in groups or ()}
    for response, verdict in judged:
        if response.language in columns and (groups is None or response.group in true):
            outcome, place = measure(response, verdict), columns[response.language]
            true.setdefault(response.group, [0.0] * len(columns))
            of_group = known.setdefault(response.group, [0] * len(columns))
            if outcome is not None:
                true[response.group][place] += outcome
                of_group[place] += 1
    if not true:
        return np.empty((0, len(columns)))
    sums, counts = np.array(list(true.values())), np.array(list(known.values()))
    made: np.ndarray = np.divide(sums, counts, out=np.full(sums.shape, math.nan), where=counts > 0)
    return made
