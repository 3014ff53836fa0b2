"""Sheets that people have filled: every label in them, and everything that is wrong with them, at once."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from ..errors import DataError, did_you_mean, problem, raise_all, short
from ..files import sampled_hash
from ..groups.readers.fields import read_fields
from ..groups.readers.row import Row
from ..judges import OUTCOMES, REFUSALS, Verdict
from ..languages import UNDETERMINED

NEEDED = ("id", "outcome", "refusal")


class Label(NamedTuple):
    """What one person says of one response.

    Attributes:
        id: of the response, as in the sheet.
        annotator: who says it.
        truth: outcome and refusal, as a verdict of no language.
        sure: whether the person was.
        where: file and line, for messages.
    """

    id: str
    annotator: str
    truth: Verdict
    sure: bool
    where: str


class Sheets(NamedTuple):
    """The labels of several sheets.

    Attributes:
        labels: in the order of the sheets.
        empty: rows without a label.
        empty_ids: of which responses.
    """

    labels: list[Label]
    empty: int
    empty_ids: frozenset[str]

    @property
    def annotators(self) -> list[str]:
        """Who labelled, in the order of the sheets."""
        return list(dict.fromkeys(label.annotator for label in self.labels))


def read_sheets(paths: Sequence[Path]) -> Sheets:
    """Reads sheets, CSV or JSON lines; who labelled is in a column ``annotator``, else the file's name.

    Args:
        paths: one sheet or more; one may hold the labels of several people.

    Raises:
        MissingFileError, DataError: for a sheet that cannot be read; with every bad row of all sheets, by its number.
    """
    labels: list[Label] = []
    problems = _same(paths)
    empty = []
    for path, name in zip(paths, _names(paths), strict=True):
        rows = list(read_fields(path, columns=NEEDED))
        for row in rows:
            found = _label(row, name, problems)
            if isinstance(found, Label):
                labels.append(found)
            elif found is not None:
                empty.append(found)
        if not rows:
            step = "Give the sheet that isoglot label wrote, filled in"
            problems.append(problem(str(path), f"a row for each response, with {', '.join(NEEDED)}", "no row", step))
    problems += _twice(labels)
    raise_all(problems, DataError)
    return Sheets(labels, len(empty), frozenset(empty))


def _same(paths: Sequence[Path]) -> list[str]:
    """A sentence for each sheet that is given twice: its labels would agree with themselves.

    People may agree in everything, so two files that hold the same are warned of.
    """
    files: dict[Path, Path] = {}
    contents: dict[str, Path] = {}
    problems = []
    for path in paths:
        before = files.setdefault(path.resolve(), path)
        if before is not path:
            problems.append(problem(str(path), "another sheet", f"the one of {before}", "Name each sheet once"))
        elif path.is_file() and (like := contents.setdefault(sampled_hash(path), path)) is not path:
            warnings.warn(f"{path}: is the same as {like}, byte by byte. Is it another person's?", stacklevel=3)
    return problems


def _names(paths: Sequence[Path]) -> list[str]:
    """What to call who filled each sheet: the file's name, or where that is not enough its path."""
    count = Counter(path.stem for path in paths)
    return [path.stem if count[path.stem] == 1 else str(path) for path in paths]


def _label(row: Row, name: str, problems: list[str]) -> Label | str | None:
    """The row's label, the id alone of one that has none, or None with what is wrong with it added."""
    where = f"{row.file}, line {row.line}"
    if row.reason or not isinstance(row.record, Mapping):
        problems.append(f"{where}: {row.reason or 'expected an object, got something else'}. Correct the row.")
        return None
    lacking = [column for column in NEEDED if column not in row.record]
    if lacking:
        problems.append(problem(where, f"columns {', '.join(NEEDED)}", f"none called {', '.join(lacking)}"))
        return None
    given = _cell(row.record, "id")
    outcome, refusal = (_cell(row.record, column).lower() for column in ("outcome", "refusal"))
    if not outcome and not refusal and given:
        return given
    bad = [] if given else [problem(where, "an id, as isoglot label wrote it", "nothing")]
    bad += _wrong(where, "outcome", outcome, OUTCOMES)
    if outcome not in ("invalid", "unsure") or refusal:  # of these nobody asks whether it refuses
        bad += _wrong(where, "refusal", refusal, REFUSALS)
    problems += bad
    if bad:
        return None
    annotator = _cell(row.record, "annotator") or name
    return Label(given, annotator, Verdict(outcome, refusal or "none", UNDETERMINED), outcome != "unsure", where)


def _cell(record: Mapping[str, Any], column: str) -> str:
    value = record.get(column)
    return "" if value is None else str(value).strip()


def _wrong(where: str, column: str, value: str, known: Sequence[str]) -> list[str]:
    if value in known:
        return []
    got = short(value) if value else "nothing"
    return [problem(f"{where}, {column}", f"one of {', '.join(known)}", got, did_you_mean(value, known))]


def _twice(labels: Sequence[Label]) -> list[str]:
    """A sentence for each response that one person labelled more than once."""
    seen: dict[tuple[str, str], str] = {}
    problems = []
    for label in labels:
        first = seen.setdefault((label.annotator, label.id), label.where)
        if first != label.where:
            expected = f"one label of {label.id} by {short(label.annotator)}"
            step = "Remove one, or say who labelled in a column annotator"
            problems.append(problem(label.where, expected, f"a second one, after {first}", step))
    return problems
