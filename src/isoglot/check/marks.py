"""What people say of cells that they have looked at: keep, or drop."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ..errors import DataError, did_you_mean, problem, raise_all, short
from ..groups.readers.row import Row, read_lines
from .measure import Cell
from .result import text_hash

MARKS = ("keep", "drop")
_NEEDED = ("id", "language", "mark", "hash")


class Marks:
    """Marks by cell; each counts for the texts that it was made of.

    Args:
        marks: (id, language) -> (mark, hash of the texts).

    Attributes:
        used: how many were of texts that are there, by mark.
        stale: how many were of texts that have changed since.
    """

    def __init__(self, marks: Mapping[tuple[str, str], tuple[str, str]] | None = None) -> None:
        self._marks = dict(marks or {})
        self.used = Counter[str]()
        self.stale = 0

    @property
    def unknown(self) -> int:
        """How many were of cells that are not there, as far as cells have been asked about."""
        return len(self._marks) - self.used.total() - self.stale

    def of(self, cell: Cell) -> str | None:
        """The mark of a cell; each cell is asked about once."""
        if not self._marks or (found := self._marks.get((cell.id, cell.language))) is None:
            return None
        mark, made_of = found
        if made_of != text_hash(cell):
            self.stale += 1
            return None
        self.used[mark] += 1
        return mark

    def to_record(self) -> dict[str, int]:
        """How many counted, and how many did not."""
        return {**{mark: self.used[mark] for mark in MARKS}, "stale": self.stale, "unknown": self.unknown}


def read_marks(paths: Sequence[Path]) -> Marks:
    """Marks as the page saves them, JSON lines; what a later line says of a cell counts.

    Raises:
        MissingFileError, DataError: for a file that cannot be read; with every bad line of all files.
    """
    found: dict[tuple[str, str], tuple[str, str]] = {}
    problems: list[str] = []
    for path in paths:
        for row in read_lines(path):
            wrong = _wrong(row)
            problems += wrong
            if not wrong:
                record = row.record
                found[record["id"], record["language"]] = record["mark"], record["hash"]
    raise_all(problems, DataError)
    return Marks(found)


def _wrong(row: Row) -> list[str]:
    where = f"{row.file}, line {row.line}"
    record: Any = row.record
    if row.reason or not isinstance(record, dict):
        return [f"{where}: {row.reason or f'expected an object, got {short(record)}'}. Correct the line."]
    lacking = [key for key in _NEEDED if not isinstance(record.get(key), str)]
    if lacking:
        return [problem(where, f"texts {', '.join(_NEEDED)}, as the page saves them", f"none as {', '.join(lacking)}")]
    if record["mark"] not in MARKS:
        got = short(record["mark"])
        return [problem(f"{where}, mark", " or ".join(MARKS), got, did_you_mean(record["mark"], MARKS))]
    return []
