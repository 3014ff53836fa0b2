"""What a sweep found, from its cells on disk; written as two tables and one JSON that the page is made from."""

from __future__ import annotations

import csv
import functools
import io
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..files import write_json, write_text
from .bootstrap import CONFIDENCE, DRAWS
from .choice import ANSWERED, REFUSED, Candidate, Choice, choose, front
from .effects import effects
from .numbers import Numbers, count
from .outcomes import MEASURES, SLICES, STATISTICS
from .plan import Plan, Planned
from .settings import ABSENT, effective, plain, short_paths, written

CELLS, SETTINGS, SUMMARY, PAGE = "cells.csv", "settings.csv", "sweep.json", "sweep.html"


@dataclass(frozen=True)
class Counted:
    """A setting with what its cells gave.

    Attributes:
        planned: the setting.
        records: seed -> ``cell.json``, of the cells that are finished.
        failures: seed -> reason.
        numbers: None if no cell is finished.
    """

    planned: Planned
    records: Mapping[int, Mapping[str, Any]]
    failures: Mapping[int, str]
    numbers: Numbers | None

    @property
    def complete(self) -> bool:
        """Whether every seed's cell is finished."""
        return len(self.records) == len(self.planned.cells)

    @property
    def missing(self) -> list[int]:
        """Seeds that have neither finished nor failed."""
        return [seed for seed in self.planned.cells if seed not in self.records and seed not in self.failures]


@dataclass(frozen=True)
class SweepResult:
    """What a sweep ends with.

    Attributes:
        plan: what was asked for.
        settings: base models first.
        axes: dotted path -> its values as they vary, in the order of the picture.
        choice: which to take.
    """

    plan: Plan
    settings: list[Counted]
    axes: Mapping[str, list[Any]]
    choice: Choice

    @functools.cached_property
    def record(self) -> dict[str, Any]:
        """What ``sweep.json`` holds: everything that the page shows."""
        return _record(self)

    @property
    def failures(self) -> dict[str, str]:
        """Label of the cell -> reason, each cell once."""
        found: dict[str, str] = {}
        for one in self.settings:
            found |= {one.planned.cells[seed].label: reason for seed, reason in one.failures.items()}
        return found


def collect(plan: Plan, *, draws: int = DRAWS) -> SweepResult:
    """Reads all cells and counts; ``draws`` of the bootstrap."""
    settings = [_counted(planned, plan, draws) for planned in plan.settings]
    trained = [one for one in settings if not one.planned.base]
    before = _candidates([one for one in settings if one.planned.base])
    choice = choose(_candidates(trained), plan.file.choose, before)
    return SweepResult(plan, settings, axes([one.planned for one in trained]), choice)


def _candidates(settings: list[Counted]) -> list[Candidate]:
    """Those of which every cell is finished."""
    complete = [(one.planned.name, one.numbers) for one in settings if one.complete and one.numbers]
    found = [Candidate.of(name, numbers) for name, numbers in complete]
    return [candidate for candidate in found if candidate is not None]


def _counted(planned: Planned, plan: Plan, draws: int) -> Counted:
    found = {seed: cell.result() for seed, cell in planned.cells.items()}
    records = {seed: record for seed, record in found.items() if record is not None}
    reasons = {seed: cell.failure() for seed, cell in planned.cells.items() if seed not in records}
    failures = {seed: reason for seed, reason in reasons.items() if reason is not None}
    # A base model tested once for all seeds is one piece of evidence, however many seeds there are.
    apart = {str(planned.cells[seed].folder): (seed, record) for seed, record in records.items()}
    numbers = count(dict(apart.values()), plan.slices, draws=draws) if records else None
    return Counted(planned, records, failures, numbers)


def axes(settings: list[Planned]) -> dict[str, list[Any]]:
    """Dotted paths in which settings differ, with their values, defaults among them; whole sections are none."""
    paths = dict.fromkeys(path for one in settings for path in one.changes)
    found: dict[str, dict[str, Any]] = {path: {} for path in paths}
    for path, values in found.items():
        for value in (effective(one.run, path) for one in settings):
            if value is not ABSENT:  # a setting without the section stands on no place of the axis
                values[plain(value)] = value
    ordered = {path: list(values.values()) for path, values in found.items() if len(values) > 1}
    kept = {
        path: values
        for path, values in ordered.items()
        if not any(isinstance(value, Mapping) for value in values) and not any(p.startswith(f"{path}.") for p in found)
    }
    return {path: _in_order(values) for path, values in kept.items()}


def _in_order(values: list[Any]) -> list[Any]:
    """Numbers by size; anything else as it came."""
    numbers = all(isinstance(value, (int, float)) and not isinstance(value, bool) for value in values)
    return sorted(values) if numbers else values


def write(result: SweepResult) -> None:
    """Writes the tables, ``sweep.json`` and the page."""
    from .page import render

    output = result.plan.file.output
    write_text(output / CELLS, cells_table(result.settings, result.axes))
    write_text(output / SETTINGS, settings_table(result))
    write_json(output / SUMMARY, result.record)
    write_text(output / PAGE, render(result.record))


def write_cells(plan: Plan) -> None:
    """Writes ``cells.csv`` only, of what is finished so far."""
    result = collect(plan, draws=1)  # its intervals are not in this file
    write_text(plan.file.output / CELLS, cells_table(result.settings, result.axes))


def cells_table(settings: list[Counted], varying: Mapping[str, Any]) -> str:
    """``cells.csv``: a line for each setting, seed, measure, slice and statistic; the varying paths as columns."""
    header = ["setting", "digest", "seed", "measure", "slice", "statistic", "value", "prompts"]
    rows: list[list[Any]] = [[*header, *short_paths(list(varying)).values()]]
    for one in settings:
        if one.numbers is None:
            continue
        ends = _axis_values(one.planned, varying)
        for (measure, part, key), number in one.numbers.values.items():
            asked = one.numbers.prompts[MEASURES[measure].kind]
            for seed, value in number.by_seed.items():
                name = "" if one.planned.base and len(number.by_seed) == 1 else seed
                known = [one.planned.name, one.planned.digest, name, measure, part, key, _cell(value), asked]
                rows.append([*known, *ends])
    return _csv(rows)


def settings_table(result: SweepResult) -> str:
    """``settings.csv``: a line for each setting, measure, slice and statistic, with its interval."""
    header = ["setting", "digest", "seeds", "measure", "slice", "statistic", "value", "low", "high", "language"]
    rows: list[list[Any]] = [[*header, *short_paths(list(result.axes)).values()]]
    for one in result.settings:
        ends = _axis_values(one.planned, result.axes)
        for (measure, part, key), number in one.numbers.values.items() if one.numbers else ():
            known = [one.planned.name, one.planned.digest, len(number.by_seed), measure, part, key]
            found = [_cell(number.value), _cell(number.low), _cell(number.high), number.language or ""]
            rows.append([*known, *found, *ends])
    return _csv(rows)


def _axis_values(planned: Planned, varying: Mapping[str, Any]) -> list[str]:
    return ["" if planned.base or value is ABSENT else written(value) for _, value in _on(varying, planned)]


def _cell(value: float) -> str:
    return "" if value != value else f"{value:.6g}"


def _csv(rows: list[list[Any]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()


def _record(result: SweepResult) -> dict[str, Any]:
    fronts = {key: front(_points(result, key)) for key in STATISTICS}
    ends = short_paths(list(result.axes))
    return {
        "choice": result.choice.to_record(),
        "front": fronts,
        "axes": [{"path": path, "name": ends[path], "values": values} for path, values in result.axes.items()],
        "effects": effects(
            [(one.planned, one.numbers) for one in result.settings if one.numbers and not one.planned.base], result.axes
        ),
        "settings": [_setting(one, result) for one in result.settings],
        "failures": [{"cell": cell, "reason": reason} for cell, reason in result.failures.items()],
        "slices": {part: list(result.plan.slices[part]) for part in SLICES},
        "notes": [*result.plan.notes, *_notes(result)],
        "signature": signature(result),
    }


def _points(result: SweepResult, key: str) -> dict[str, tuple[float, float]]:
    """Setting -> harmless answered, harmful refused, in the aligned languages."""
    points = {}
    for one in result.settings:
        if one.planned.base or one.numbers is None:
            continue
        pair = [one.numbers.values.get((measure, "aligned", key)) for measure in (ANSWERED, REFUSED)]
        if pair[0] is not None and pair[1] is not None:
            points[one.planned.name] = (pair[0].value, pair[1].value)
    return points


def _setting(one: Counted, result: SweepResult) -> dict[str, Any]:
    planned, numbers = one.planned, one.numbers
    values: dict[str, Any] = {}
    for (measure, part, key), number in numbers.values.items() if numbers else ():
        shown: dict[str, Any] = {
            "value": number.value,
            "low": number.low,
            "high": number.high,
            "language": number.language,
        }
        shown["by_seed"] = {str(seed): value for seed, value in number.by_seed.items()}
        values.setdefault(measure, {}).setdefault(part, {})[key] = shown
    candidate = Candidate.of(planned.name, numbers) if numbers and not planned.base else None
    score = None
    if candidate is not None:
        score = {"value": candidate.score.value, "low": candidate.score.low, "high": candidate.score.high}
    cells = planned.cells.items()
    return {
        "name": planned.name,
        "digest": planned.digest,
        "base": planned.base,
        "changes": dict(planned.changes),
        "run": dict(planned.run),
        "axes": {path: None if value is ABSENT else value for path, value in _on(result.axes, planned)},
        "changed": [path for path in result.axes if path in planned.changes],
        "seeds": {"finished": list(one.records), "failed": list(one.failures), "missing": one.missing},
        "failures": {str(seed): reason for seed, reason in one.failures.items()},
        "cells": {str(seed): str(cell.folder.relative_to(result.plan.file.output)) for seed, cell in cells},
        "numbers": values,
        "score": score,
        "languages": numbers.languages if numbers else {},
        "shared_prompts": numbers.shared if numbers else None,
        "seconds": {str(seed): record.get("seconds") for seed, record in one.records.items()},
        "warnings": list(dict.fromkeys(text for record in one.records.values() for text in record["warnings"])),
    }


def _on(varying: Mapping[str, Any], planned: Planned) -> list[tuple[str, Any]]:
    """Where a setting stands on each axis."""
    return [(path, effective(planned.run, path)) for path in varying]


def _notes(result: SweepResult) -> list[str]:
    notes = []
    if len(result.plan.file.seeds) == 1:
        notes.append(
            "One seed: intervals come from resampling prompts only, and say nothing of how much another seed changes."
        )
    elif any(one.numbers and one.numbers.shared and not one.planned.base for one in result.settings):
        notes.append("All seeds were tested on the same prompts: a resample draws these once for all of its seeds.")
    partial = [one.planned.name for one in result.settings if one.records and not one.complete]
    if partial:
        notes.append(f"Not every seed is finished, so that these are not chosen from: {', '.join(partial)}.")
    versions = _versions(result)
    if len(versions) > 1:
        notes.append(f"Cells were run with different versions of isoglot: {', '.join(versions)}.")
    return notes


def _versions(result: SweepResult) -> list[str]:
    return sorted({str(record["isoglot"]) for one in result.settings for record in one.records.values()})


def signature(result: SweepResult) -> dict[str, Any]:
    """What all numbers were computed with."""
    from .. import __version__

    records = [record for one in result.settings for record in one.records.values()]
    protocols = [record["protocol"] for record in records]
    evaluate = result.plan.file.evaluate
    return {
        "test": evaluate.groups,
        "test_hashes": sorted({protocol["prompts_hash"] for protocol in protocols}),
        "prompts": {
            kind: max((len(record["prompts"][kind]) for record in records), default=0)
            for kind in ("harmful", "harmless")
        },
        "judge": sorted({f"{protocol['judge']} {protocol['judge_version']}" for protocol in protocols}),
        "decoding": {"greedy": True, "max_new_tokens": evaluate.max_new_tokens},
        "seeds": list(result.plan.file.seeds),
        "intervals": f"{CONFIDENCE:.0%} bootstrap of seeds, then prompts; {DRAWS} draws",
        "floors": {"harmless": result.plan.file.choose.harmless, "pivot": result.plan.file.choose.pivot},
        "isoglot": __version__,
        "isoglot_of_cells": _versions(result),
    }
