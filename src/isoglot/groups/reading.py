"""From the rows of one file or several to groups: every bad row reported, or left out where that is asked for."""

from __future__ import annotations

import warnings
from array import array
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ..errors import DataError, IsoglotError, MissingFileError, did_you_mean, problem, raise_all, short
from ..languages import canonical_tag
from .group import KINDS, PromptGroup
from .kinds import with_kinds
from .readers import READERS, hub, positions, shape_of
from .readers import table as tables
from .readers.columns import Columns
from .readers.row import Row, followed

NO_GROUPS = "Look whether it is the right file: there is no prompt in it"
_TOLD = 3  # rows left out that a warning names


def check_options(shape: str | None = None, kind: str | None = None, columns: Mapping[str, str] | None = None) -> None:
    """Refuses options that mean nothing.

    Raises:
        DataError: with everything that is wrong.
    """
    problems = []
    if shape is not None and shape not in READERS:
        expected = f"one of {', '.join(READERS)}"
        problems.append(problem("shape", expected, short(shape), did_you_mean(shape, READERS)))
    if columns is not None and shape not in (None, "table"):
        problems.append(problem("columns", "the shape table, which has columns", short(shape)))
    if kind not in (None, *KINDS):
        problems.append(problem("kind", " or ".join(KINDS), short(kind)))
    raise_all(problems, DataError)


def rows_of(
    path: Path,
    *,
    shape: str | None = None,
    kind: str | None = None,
    columns: Mapping[str, str] | None = None,
    tell: Callable[[str], None] | None = None,
    found: Callable[[Columns], None] | None = None,
    empty: Counter[str] | None = None,
    any_kind: bool = False,
) -> Iterator[Row]:
    """Rows of one file or folder, with a kind each where its shape needs one.

    Args:
        path: as in ``PromptGroups.read``, as are the options that are not named here.
        shape: of the file.
        kind: of its groups.
        columns: of a table.
        tell: called with the sentence about columns.
        found: called with the columns themselves, too.
        empty: takes the counts of a table's empty cells, in place of a warning.
        any_kind: whether a table may leave open what its prompts are.
    """

    def say(taken: Columns) -> None:
        if found is not None:
            found(taken)
        if tell is not None:
            tell(f"{path}: {taken}.")

    if hub.is_here(path):
        shape, rows = hub.read(path, columns, say, empty)
    elif columns is not None and path.is_dir():
        files = {canonical_tag(tag): path / name for tag, name in columns.items()}
        shape, rows = "parallel", positions.of_files(files, name=path.resolve().name)
    else:
        if not path.exists() and positions.LANG not in str(path):
            raise MissingFileError(problem(str(path), "a file or folder of prompt groups", "nothing", "Check the path"))
        shape = "table" if columns is not None else shape or shape_of(path)
        rows = tables.read(path, columns, say, empty) if shape in ("table", "sheet") else READERS[shape](path)
    yield from with_kinds(rows, kind, wanted=shape in ("table", "parallel") and not any_kind)


def read_files(
    files: Sequence[tuple[Path, Mapping[str, Any]]],
    *,
    skip_bad_rows: bool,
    refuses: Callable[[PromptGroup], str] | None,
    tell: Callable[[str], None] | None,
    progress: Callable[[int, int], None] | None,
) -> list[PromptGroup]:
    """The groups of files and folders, each with its options; arguments and errors as in ``PromptGroups.read``."""
    for _, options in files:
        check_options(**options)
    paths = [path for path, _ in files]
    sources: Sequence[Iterable[Row]] = [rows_of(path, tell=tell, **options) for path, options in files]
    if progress is not None:
        sources = followed(sources, paths, progress)
    return collected(sources, skip_bad_rows=skip_bad_rows, names=[str(path) for path in paths], refuses=refuses)


def collected(
    sources: Iterable[Iterable[Row]],
    *,
    skip_bad_rows: bool,
    names: Sequence[str],
    refuses: Callable[[PromptGroup], str] | None = None,
) -> list[PromptGroup]:
    """The groups of several sources; all that is wrong in any is reported together.

    Args:
        sources: rows: records, or reasons why there is none.
        skip_bad_rows: whether bad rows are left out, with a warning that counts and names them.
        names: of the sources, for the message that one has no groups.
        refuses: why a group cannot be used, or an empty text.

    Raises:
        DataError: for bad rows, ids that come twice, and sources without groups.
        MissingFileError: for sources that are not there, if nothing else is wrong.
    """
    found = Found(refuses)
    groups, bad = found.groups, found.bad
    fatal: list[IsoglotError] = []
    for source, name in zip(sources, names, strict=True):
        before = len(groups), len(bad)
        try:
            for row in source:
                found.take(row)
        except (DataError, MissingFileError) as error:
            fatal.append(error)
        else:
            if (len(groups), len(bad)) == before:
                fatal.append(DataError(problem(name, "at least one prompt group", "none", NO_GROUPS)))
    if fatal or (bad and not (skip_bad_rows and groups)):
        kind = type(fatal[0]) if fatal and not bad and all(type(one) is type(fatal[0]) for one in fatal) else DataError
        raise_all([*map(str, fatal), *(f"{text} Correct the row or remove it." for text in bad)], kind)
    if bad:
        warnings.warn(left_out(bad, found.rows), stacklevel=5)
    return groups


class Found:
    """The groups so far, and where each comes from, in little memory.

    Attributes:
        groups: those that can be used.
        bad: a sentence for each row that cannot.
        rows: how many there were.
    """

    def __init__(self, refuses: Callable[[PromptGroup], str] | None = None) -> None:
        self.groups: list[PromptGroup] = []
        self.bad: list[str] = []
        self.rows = 0
        self._refuses = refuses
        self._ids: set[str] = set()
        self._lines = array("Q")
        self._files: list[tuple[int, Path]] = []  # with the place of its first group
        self._places: dict[str, int] = {}  # of ids; filled when one comes twice

    def take(self, row: Row) -> None:
        """Adds the row's group, or why it has none."""
        self.rows += 1
        try:
            self._add(row)
        except ValueError as error:
            self.bad.append(f"{row.file}, line {row.line}: {error}.")

    def _add(self, row: Row) -> None:
        if row.reason:
            raise ValueError(row.reason)
        group = PromptGroup.from_record(row.record)
        if group.id in self._ids:
            file, line = self._first(group.id)
            of = f"line {line}" if file == row.file else f"{file}, line {line},"
            raise ValueError(f"id: expected a new one, got {short(group.id)} of {of} again")
        if self._refuses is not None and (why := self._refuses(group)):
            raise ValueError(why)
        if not self._files or self._files[-1][1] != row.file:
            self._files.append((len(self.groups), row.file))
        self._ids.add(group.id)
        self._lines.append(row.line)
        self.groups.append(group)

    def _first(self, name: str) -> tuple[Path, int]:
        for place in range(len(self._places), len(self.groups)):
            self._places[self.groups[place].id] = place
        place = self._places[name]
        return self._files[bisect_right(self._files, place, key=lambda item: item[0]) - 1][1], self._lines[place]


def left_out(bad: Sequence[str], rows: int) -> str:
    """What is said of rows that were left out: how many, and the first."""
    more = [f"... and {len(bad) - _TOLD} more"] if len(bad) > _TOLD else []
    shown = [text if len(text) < 500 else f"{text[:500]} ..." for text in bad[:_TOLD]]
    return "\n".join([f"{len(bad)} of {rows} rows left out, since they cannot be used:", *shown, *more])
