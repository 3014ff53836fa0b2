"""A set of prompt groups: reading, writing, selecting."""

from __future__ import annotations

import os
import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, overload

from ..amounts import counted, whole_problems
from ..errors import DataError, problem, raise_all, short, some
from ..languages import among, canonical_tag, instead
from . import hashes
from .files import GroupsFile
from .group import KINDS, PromptGroup, in_languages, is_empty
from .oddities import oddities
from .readers.native import without_empty, write_parquet
from .readers.row import Row
from .reading import collected, read_files
from .relabel import relabelled
from .writers import SHEETS, write_lines, write_sheet


class PromptGroups(Sequence[PromptGroup]):
    """An immutable sequence of :class:`PromptGroup` with unique ids."""

    def __init__(self, groups: Iterable[PromptGroup]) -> None:
        self._groups = tuple(groups)
        if len({group.id for group in self._groups}) < len(self._groups):
            repeated = [short(name) for name, n in Counter(g.id for g in self._groups).items() if n > 1]
            raise DataError(problem("groups", "unique ids", f"{some(repeated, 5)} more than once", "Rename groups"))

    @cached_property
    def fingerprint(self) -> str:
        """A short hash of what is trained on: ids, pivots, kinds, prompts and weights, in their order."""
        return hashes.trained_on(self)

    @cached_property
    def prompts_hash(self) -> str:
        """A short hash of what is asked of a model: all prompts with their ids and kinds, in their order."""
        return hashes.asked(self)

    @classmethod
    def read(
        cls,
        path: str | os.PathLike[str] | Sequence[str | os.PathLike[str] | GroupsFile],
        *,
        shape: str | None = None,
        kind: str | None = None,
        columns: Mapping[str, str] | None = None,
        skip_bad_rows: bool = False,
        refuses: Callable[[PromptGroup], str] | None = None,
        tell: Callable[[str], None] | None = None,
        progress: Callable[[int, int], None] | None = None,
    ) -> PromptGroups:
        """Reads groups from a file or folder, or from several, one after the other.

        Args:
            path: a file or folder of a shape in ``READERS``; one file a language, ``prompts.{lang}.txt``; a data set,
                ``hf:ORG/NAME:SPLIT``; or a list of these, in which a :class:`~isoglot.groups.files.GroupsFile` has
                options of its own in place of what follows.
            shape: one of ``READERS``; None detects it from the name and the first record.
            kind: ``"harmful"`` or ``"harmless"``, of groups that say none; None leaves it open. A table must say it.
            columns: of a table: language tag, ``id``, ``kind`` ... -> name of the column; None: found by their names.
            skip_bad_rows: whether rows that cannot be used are left out; a warning counts and names them.
            refuses: why a group cannot be used, as a bad row's reason, or an empty text; None: all can.
            tell: called with what each column of a table was taken for.
            progress: called with the lines read and those of all files, where a file has a row in each line.

        Raises:
            MissingFileError: if there is nothing at the path.
            DataError: for rows that cannot be used: every one of every file, with file, line and reason; for ids that
                come twice, with both places.
        """
        several = [path] if isinstance(path, (str, os.PathLike)) else path
        asked = {"shape": shape, "kind": kind, "columns": columns}
        files = [(one.path, one.options) if isinstance(one, GroupsFile) else (Path(one), asked) for one in several]
        groups = read_files(files, skip_bad_rows=skip_bad_rows, refuses=refuses, tell=tell, progress=progress)
        for odd in oddities(groups):
            warnings.warn(f"{', '.join(str(one) for one, _ in files)}: {odd}", stacklevel=2)
        return cls(groups)

    @classmethod
    def from_rows(cls, rows: Iterable[Row], *, source: str = "groups") -> PromptGroups:
        """Groups from what a reader yields; all bad rows are reported together.

        Args:
            rows: records, or reasons why there is none.
            source: what to call all of them in the message that there are none.

        Raises:
            DataError: for every bad row, or no row.
        """
        return cls(collected([rows], skip_bad_rows=False, names=[source]))

    @classmethod
    def from_dataset(cls, dataset: Iterable[Mapping[str, Any]]) -> PromptGroups:
        """Groups from rows with the fields of ``groups.jsonl`` (a ``datasets.Dataset``, a list of dicts).

        Raises:
            DataError: for every bad row.
        """
        rows = (dict(row) for row in dataset)
        return cls.from_rows(Row(Path("dataset"), n, without_empty(row)) for n, row in enumerate(rows, start=1))

    @classmethod
    def from_columns(
        cls,
        columns: Mapping[str, Sequence[Any]],
        *,
        pivot: str = "en",
        kind: str | None = None,
        ids: Sequence[str] | None = None,
    ) -> PromptGroups:
        """Groups from one column of prompts per language, parallel by position; None, NaN or "" means no such cell.

        Args:
            columns: language tag -> prompts, all of one length.
            pivot: the language aligned in; must be among the columns.
            kind: ``"harmful"``, ``"harmless"`` or None, for all of them.
            ids: one per row; None numbers them.

        Raises:
            DataError: for columns (or ids) of different lengths, a missing pivot, and every bad row.
        """
        lists = {tag: list(column) for tag, column in columns.items()}
        lengths = {tag: len(column) for tag, column in lists.items()} | ({"ids": len(ids)} if ids is not None else {})
        if len(set(lengths.values())) > 1:
            raise DataError(problem("columns", "one length", lengths))
        if canonical_tag(pivot) not in map(canonical_tag, lists):
            raise DataError(problem("columns", f"a column of the pivot {pivot!r}", ", ".join(lists) or "none"))
        rows = []
        for place in range(next(iter(lengths.values()))):
            prompts = {tag: column[place] for tag, column in lists.items() if not is_empty(column[place])}
            name = f"{place + 1:05d}" if ids is None else ids[place]
            record = {"id": name, "pivot": pivot, "kind": kind, "prompts": prompts}
            rows.append(Row(Path("columns"), place + 1, record))
        return cls.from_rows(rows, source="columns")

    def write(self, path: str | os.PathLike[str]) -> Path:
        """Writes ``groups.jsonl``, Parquet, or a sheet for translators (CSV, TSV, XLSX), by the suffix.

        The file appears whole or not at all. A warning says what a sheet does not hold.

        Raises:
            DataError: for a name that says that the file is packed: such files are read, but not written.
            DataError: for groups that Parquet cannot hold, since its columns have one type each (a language's prompts
                being texts here and messages there), and for messages in a sheet.
        """
        path = Path(path)
        if (suffix := path.suffix.lower()) == ".parquet":
            write_parquet(path, [group.to_record() for group in self])
        elif suffix in SHEETS:
            write_sheet(self, path)
        else:
            write_lines(self, path)
        return path

    @property
    def languages(self) -> tuple[str, ...]:
        """All languages, the pivots first, then in order of first appearance."""
        pivots = dict.fromkeys(group.pivot for group in self if group.pivot in group.prompts)
        return tuple(pivots | dict.fromkeys(tag for group in self for tag in group.prompts))

    def select(
        self,
        *,
        kinds: str | Sequence[str] = "all",
        languages: str | Sequence[str] | None = None,
        without: str | Iterable[str] = (),
        limit: int | None = None,
    ) -> PromptGroups:
        """The groups of some kinds, with some languages only, without some ids; groups left empty go.

        Args:
            kinds: ``"all"``, or those wanted; groups that say no kind stay.
            languages: tags wanted, or one; None: all.
            without: ids to leave out, or one.
            limit: at most so many groups of each kind, the first ones; None: all.

        Raises:
            DataError: for a kind that there is not, a language that no group has, a limit below 0.
        """
        there = self.languages
        languages = [languages] if isinstance(languages, str) else languages
        kinds = [kinds] if isinstance(kinds, str) else kinds
        problems = [problem("kinds", f"all, {' or '.join(KINDS)}", repr(k)) for k in kinds if k not in ("all", *KINDS)]
        problems += [
            problem("languages", f"some of {', '.join(there)}", repr(tag), instead(tag, there))
            for tag in languages or ()
            if among(tag, there) is None
        ]
        problems += [] if limit is None else whole_problems("limit", limit, 0)
        raise_all(problems, DataError)
        languages = languages if languages is None else [one for tag in languages if (one := among(tag, there))]
        dropped, kept, counts = {without} if isinstance(without, str) else set(without), [], Counter[str | None]()
        for group in self:
            if group.id in dropped or not ("all" in kinds or group.kind is None or group.kind in kinds):
                continue
            chosen = group if languages is None else in_languages(group, languages)
            if chosen.prompts and (limit is None or counts[group.kind] < limit):
                counts[group.kind] += 1
                kept.append(chosen)
        return PromptGroups(kept)

    def relabel(self, tag: str, candidates: Sequence[str]) -> PromptGroups:
        """The groups with each prompt of one tag under the candidate that it is written in.

        For files in which one tag stands for several languages: ``groups.relabel("ku", ["ckb", "kmr"])``. A prompt
        whose language cannot be identified, or for whose language the group has another one, stays where it is.

        Args:
            tag: the tag to replace.
            candidates: the languages that it may stand for.
        """
        return PromptGroups(relabelled(group, tag, candidates) for group in self)

    @overload
    def __getitem__(self, index: int) -> PromptGroup: ...
    @overload
    def __getitem__(self, index: slice) -> PromptGroups: ...
    def __getitem__(self, index: int | slice) -> PromptGroup | PromptGroups:
        return PromptGroups(self._groups[index]) if isinstance(index, slice) else self._groups[index]

    def __add__(self, other: PromptGroups) -> PromptGroups:
        """Both, one after the other.

        Raises:
            DataError: for ids that both have.
        """
        return PromptGroups([*self, *other])

    def __len__(self) -> int:
        return len(self._groups)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PromptGroups) and self._groups == other._groups

    def __hash__(self) -> int:
        return hash(tuple(group.id for group in self))

    def __repr__(self) -> str:
        kinds = Counter(group.kind or "no kind" for group in self)
        counts = ", ".join(f"{n} {kind}" for kind, n in kinds.items())
        what = f"{counted(len(self), 'group')}: {counts}; {counted(len(self.languages), 'language')}"
        return f"PromptGroups({what})"
