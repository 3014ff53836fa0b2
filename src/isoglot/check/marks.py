"""What people say of cells that they have looked at: keep, or drop."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ..errors import DataError, did_you_mean, problem, raise_all, short
from ..files import as_json
from ..groups.readers.row import Row, read_lines
from .checker import Cell
from .result import text_hash
from .weighing import unmarked_score

MARKS = ("keep", "drop")
NONE = "none"  # takes a mark back that was given before
_NEEDED = ("id", "language", "mark", "hash")


class Marks:
    """Marks by cell; each counts for the texts that it was made of.

    A mark to keep also stands in the groups that a check writes, in the cell's provenance, where the next check of them
    finds it; a mark that is given counts before that one.

    Args:
        marks: (id, language) -> (mark, hash of the texts).

    Attributes:
        used: how many were of texts that are there, by mark.
        stored: how many of these stood in the groups.
        elsewhere: how many of these are of languages that are not checked.
        dropped_elsewhere: how many of those are to drop.
        failed_elsewhere: how many were taken back of cells in such languages that are left out for it, as not usable.
        waiting: how many were taken back, of languages that are not checked, whose score before is not known.
        stale: how many were of texts that have changed since.
    """

    def __init__(self, marks: Mapping[tuple[str, str], tuple[str, str]] | None = None) -> None:
        self._marks = dict(marks or {})
        self.used = Counter[str]()
        self.stored = self.elsewhere = self.dropped_elsewhere = self.failed_elsewhere = 0
        self.waiting = self.stale = self._met = 0

    @property
    def unknown(self) -> int:
        """How many were of cells that are not there, as far as groups have been met."""
        return len(self._marks) - self._met

    def meet(self, name: str, languages: Iterable[str]) -> None:
        """Notes that a group is there, once for each: its id, and the languages that it has, checked or not."""
        self._met += sum((name, tag) in self._marks for tag in languages)

    def of(self, cell: Cell, provenance: Any = None) -> str | None:
        """The mark of a cell; each cell is asked about once.

        Args:
            cell: its texts.
            provenance: of the cell, as the group has it.
        """
        given, stored = self._marks.get((cell.id, cell.language)), _stored(provenance)
        if given is None and stored is None:
            return None
        made_of = text_hash(cell)
        self.stale += sum(one is not None and one[1] != made_of for one in (given, stored))
        mark = next((one[0] for one in (given, stored) if one is not None and one[1] == made_of), NONE)
        if mark == NONE:
            return None
        self.used[mark] += 1
        self.stored += given is None or given[1] != made_of
        return mark

    def of_unchecked(self, cell: Cell, provenance: Any = None) -> tuple[str, str] | None:
        """The mark that is given of a cell in a language that is not checked, which may be ``"none"``, and its hash.

        None where none is given, or one of other texts. One that stands in the groups stays there.
        """
        given = self._marks.get((cell.id, cell.language))
        if given is None:
            return None
        if given[1] != text_hash(cell):
            self.stale += 1
            return None
        if given[0] != NONE:
            self.used[given[0]] += 1
            self.elsewhere += 1
            self.dropped_elsewhere += given[0] == "drop"
        elif _stored(provenance) is not None and unmarked_score(provenance, given[1]) is None:
            self.waiting += 1
        return given

    def has(self, name: str, language: str) -> bool:
        """Whether there is a mark of a cell, of whatever texts."""
        return (name, language) in self._marks

    def lines(self) -> Iterator[str]:
        """All that were given, as :func:`read_marks` reads them."""
        for (name, language), (mark, made_of) in self._marks.items():
            yield as_json({"id": name, "language": language, "mark": mark, "hash": made_of}) + "\n"

    def __len__(self) -> int:
        return len(self._marks)

    def to_record(self) -> dict[str, int]:
        """How many counted, and how many did not."""
        counts = {mark: self.used[mark] for mark in MARKS}
        more = {
            name: getattr(self, name)
            for name in ("stored", "elsewhere", "dropped_elsewhere", "failed_elsewhere", "waiting", "stale", "unknown")
        }
        return counts | more


def _stored(provenance: Any) -> tuple[str, str] | None:
    """The mark in a cell's provenance, with the hash of the texts that it was given for."""
    found = provenance if isinstance(provenance, Mapping) else {}
    return ("keep", found["hash"]) if found.get("mark") == "keep" and isinstance(found.get("hash"), str) else None


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
    if record["mark"] not in (*MARKS, NONE):
        got = short(record["mark"])
        return [problem(f"{where}, mark", f"{', '.join(MARKS)} or {NONE}", got, did_you_mean(record["mark"], MARKS))]
    return []
