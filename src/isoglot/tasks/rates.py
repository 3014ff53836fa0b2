"""Our rates and intervals as a metric of inspect_ai, whose own are too narrow near 0 and 1 and for few prompts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from inspect_ai.scorer import Metric, SampleScore, Value, metric

from ..metrics import Estimate, macro, wilson

MEAN = "mean of languages"


@metric
def rates() -> Metric:
    """By language, and the mean of languages: rate, and where its 95 % interval begins and ends.

    One language has Wilson's interval, or where samples have several epochs one over prompts. That of the mean
    resamples prompts, each in all its languages.
    """

    def computed(scores: list[SampleScore]) -> Value:
        table = _table(scores)
        found = {tag: _of_language(column) for tag, column in table.items()}
        found[MEAN] = macro(np.column_stack(list(table.values()))) if table else wilson(0, 0)
        return {name: value for tag, one in found.items() for name, value in _named(tag, one).items()}

    return computed


def _table(scores: Sequence[SampleScore]) -> Mapping[str, np.ndarray]:
    """Language -> (prompts,): scores, NaN where there is none."""
    cells = {}
    for one in scores:
        said = one.sample_metadata or {}
        cells[str(said.get("group")), str(said.get("language"))] = one.score.as_float()
    groups, tags = (list(dict.fromkeys(cell[side] for cell in cells)) for side in (0, 1))
    return {tag: np.array([cells.get((group, tag), np.nan) for group in groups]) for tag in tags}


def _of_language(column: np.ndarray) -> Estimate:
    known = column[~np.isnan(column)]
    if np.isin(known, (0, 1)).all():
        return wilson(int(known.sum()), len(known))
    return macro(known[:, None])


def _named(tag: str, found: Estimate) -> dict[str, float]:
    return {tag: found.value, f"{tag} low": found.low, f"{tag} high": found.high}
