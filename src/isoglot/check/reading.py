"""The groups of files, one after the other, without having all of them in memory."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ..errors import DataError, problem, raise_all, short, some
from ..groups import PromptGroup
from ..groups.readers.columns import Columns
from ..groups.readers.row import Row, followed
from ..groups.reading import NO_GROUPS, check_options, left_out, rows_of
from .spool import Spool


@dataclass(frozen=True)
class Reading:
    """What is read, and how.

    Attributes:
        files: files or folders of prompts, as ``PromptGroups.read`` takes them.
        shape, kind, columns: as there.
        pivot: of all groups; None: what each says.
        skip_bad_rows: whether rows that cannot be used are left out; a warning counts and names them.
        tell: called with what each column of a table was taken for.
        columned: takes the languages that have a column in a table, whether a text stands in it or not.
    """

    files: Sequence[Path]
    shape: str | None = None
    kind: str | None = None
    columns: Mapping[str, str] | None = None
    pivot: str | None = None
    skip_bad_rows: bool = False
    tell: Callable[[str], None] | None = None
    columned: dict[str, None] = field(default_factory=dict, compare=False)

    def into(self, spool: Spool, progress: Callable[[int, int], None]) -> Iterator[tuple[int, PromptGroup]]:
        """The groups with their places, once they are in the spool.

        Raises:
            MissingFileError: for a file that is not there.
            DataError: for a file that cannot be read at all, or without groups; for bad rows: all of them; and where no
                group has its pivot.
        """
        options: dict[str, Any] = {"shape": self.shape, "kind": self.kind, "columns": self.columns}
        check_options(**options)
        found = _Found(spool, self.pivot)
        sources: Sequence[Any] = [
            rows_of(path, tell=self.tell, found=self._columns, any_kind=True, **options) for path in self.files
        ]
        for path, rows in zip(self.files, followed(sources, self.files, progress), strict=True):
            before = found.rows
            for row in rows:
                if (group := found.take(row)) is not None:
                    yield found.places - 1, group
            if found.rows == before:
                raise DataError(problem(str(path), "at least one prompt group", "none", NO_GROUPS))
        found.look_for_ids()
        if found.bad and not (self.skip_bad_rows and len(spool)):
            raise_all([f"{text} Correct the row or remove it." for text in found.bad], DataError)
        if found.bad:
            warnings.warn(left_out(found.bad, found.rows), stacklevel=2)
        if not found.with_pivot:
            raise DataError(self._without_pivot(found))

    def _columns(self, taken: Columns) -> None:
        self.columned.update(dict.fromkeys(taken.languages.values()))

    def _without_pivot(self, found: _Found) -> str:
        there = f"Languages there: {some(found.languages, 20)}"
        if self.pivot is not None:
            return problem("pivot", "a language that the groups have", repr(self.pivot), there)
        step = f"{there}. Name one as the pivot, such as {next(iter(found.languages), 'en')}"
        got = f"none that has {some(found.pivots, 3)}"
        return problem(some(map(str, self.files), 3), "groups with their pivot", got, step)


@dataclass
class _Found:
    """What has been read so far."""

    spool: Spool
    pivot: str | None
    rows: int = 0
    places: int = 0
    with_pivot: int = 0  # groups that have theirs
    bad: list[str] = field(default_factory=list)
    languages: dict[str, None] = field(default_factory=dict)
    pivots: dict[str, None] = field(default_factory=dict)
    files: list[tuple[int, Path]] = field(default_factory=list)  # with the place of its first group

    def take(self, row: Row) -> PromptGroup | None:
        """The row's group, which is in the spool now; None of a bad row."""
        self.rows += 1
        try:
            if row.reason:
                raise ValueError(row.reason)
            group = PromptGroup.from_record(row.record)
        except ValueError as error:
            self.bad.append(f"{row.file}, line {row.line}: {error}.")
            return None
        if self.pivot is not None:
            group = replace(group, pivot=self.pivot)
        if not self.files or self.files[-1][1] != row.file:
            self.files.append((self.places, row.file))
        self.languages.update(dict.fromkeys(group.prompts))
        self.pivots[group.pivot] = None
        self.with_pivot += group.pivot in group.prompts
        self.spool.add(group, row.line)
        self.places += 1
        return group

    def look_for_ids(self) -> None:
        """Takes groups out again whose id an earlier one has: bad rows, too."""
        for first, later in list(self.spool.ids_again()):
            name = short(self.spool.record(later)["id"])
            self.bad.append(f"{self._where(later)}: id: expected a new one, got {name} of {self._where(first)} again.")
            self.spool.leave_out(later)

    def _where(self, place: int) -> str:
        file = next(path for begins, path in reversed(self.files) if begins <= place)
        return f"{file}, line {self.spool.line(place)}"
