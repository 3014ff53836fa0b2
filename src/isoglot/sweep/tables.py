"""A sweep's numbers as two tables, for other programs to read."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from typing import Any

from ..escaping import csv_cell
from ..metrics.estimate import UNKNOWN
from ..settings.dotted import ABSENT
from .corrected import corrected
from .outcomes import EVERY
from .plan import Planned
from .results import Counted, SweepResult, positions
from .values import short_paths, written

_CORRECTED = ("corrected", "corrected_low", "corrected_high")


def trials_table(settings: list[Counted], varying: Mapping[str, Any]) -> str:
    """``trials.csv``: a line for each setting, seed, measure, slice and statistic; the varying paths as columns."""
    header = ["setting", "digest", "seed", "measure", "slice", "statistic", "value", "prompts"]
    rows: list[list[Any]] = [[*header, *short_paths(list(varying)).values()]]
    for one in settings:
        if one.numbers is None:
            continue
        ends = _axis_values(one.planned, varying)
        for (measure, part, key), number in one.numbers.values.items():
            asked = one.numbers.prompts[EVERY[measure].kind]
            for seed, value in number.by_seed.items():
                name = "" if one.planned.base and len(number.by_seed) == 1 else seed
                known = [one.planned.name, one.planned.digest, name, measure, part, key, _digits(value), asked]
                rows.append([*known, *ends])
    return _csv(rows)


def settings_table(result: SweepResult) -> str:
    """``settings.csv``: a line for each setting, measure, slice and statistic, with its interval.

    Last are the rates corrected for the judge's errors, empty where there are none.
    """
    header = ["setting", "digest", "seeds", "measure", "slice", "statistic", "value", "low", "high", "language"]
    rows: list[list[Any]] = [[*header, *short_paths(list(result.axes)).values(), *_CORRECTED]]
    for one in result.settings:
        if one.numbers is None:
            continue
        ends = _axis_values(one.planned, result.axes)
        means = corrected(one.numbers, result.plan.slices, result.calibration.calibration).means
        for (measure, part, key), number in one.numbers.values.items():
            known = [one.planned.name, one.planned.digest, len(number.by_seed), measure, part, key]
            found = [_digits(number.value), _digits(number.low), _digits(number.high), number.language or ""]
            better = means.get((measure, part), UNKNOWN) if key == "mean" else UNKNOWN
            rows.append([*known, *found, *ends, *map(_digits, (better.value, better.low, better.high))])
    return _csv(rows)


def _axis_values(planned: Planned, varying: Mapping[str, Any]) -> list[str]:
    return ["" if planned.base or value is ABSENT else written(value) for _, value in positions(varying, planned)]


def _digits(value: float) -> str:
    return "" if value != value else f"{value:.6g}"


def _csv(rows: list[list[Any]]) -> str:
    text, safe = io.StringIO(), ([csv_cell(item) if isinstance(item, str) else item for item in row] for row in rows)
    csv.writer(text, lineterminator="\n").writerows(safe)
    return text.getvalue()
