"""A set of prompt groups: reading, writing, selecting."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, overload

from ..errors import DataError, MissingFileError, problem, raise_all
from .group import PromptGroup
from .readers import multijail, native, pku, polyrefuse
from .readers.row import Row, read_text

READERS: dict[str, Callable[[Path], Iterator[Row]]] = {
    "groups": native.read_jsonl,
    "parquet": native.read_parquet,
    "pku-test": pku.read_test,
    "pku-parallel": pku.read_parallel,
    "multijail": multijail.read,
    "polyrefuse": polyrefuse.read,
}


class PromptGroups(Sequence[PromptGroup]):
    """An immutable sequence of :class:`PromptGroup` with unique ids."""

    def __init__(self, groups: Iterable[PromptGroup]) -> None:
        self._groups = tuple(groups)
        repeated = [identifier for identifier, n in Counter(g.id for g in self._groups).items() if n > 1]
        raise_all([problem("groups", "unique ids", f"{i!r} more than once") for i in repeated], DataError)

    @classmethod
    def read(cls, path: str | os.PathLike[str], *, shape: str | None = None) -> PromptGroups:
        """Reads groups from a file or folder.

        Args:
            path: our ``groups.jsonl`` or Parquet, a file of the paper's two shapes, MultiJail's CSV or PolyRefuse's
                folder.
            shape: one of ``READERS``; None tells it from the name and the first record.

        Raises:
            MissingFileError: if there is nothing at the path.
            DataError: for rows that cannot be used: every one, with file, line and reason.
        """
        path = Path(path)
        if shape is None:
            shape = _shape_of(path)
        elif shape not in READERS:
            raise DataError(problem("shape", f"one of {', '.join(READERS)}", repr(shape)))
        return cls.from_rows(READERS[shape](path))

    @classmethod
    def from_rows(cls, rows: Iterable[Row]) -> PromptGroups:
        """Groups from what a reader yields; all bad rows are reported together."""
        groups: list[PromptGroup] = []
        problems: list[str] = []
        seen: dict[str, int] = {}
        file: Path | None = None
        for row in rows:
            file, where = row.file, f"{row.file}, line {row.line}"
            try:
                if row.reason:
                    raise ValueError(row.reason)
                group = PromptGroup.from_record(row.record)
                if group.id in seen:
                    raise ValueError(f"id: expected a new one, got {group.id!r} of line {seen[group.id]} again")
            except ValueError as error:
                problems.append(f"{where}: {error}. Correct the row or remove it.")
                continue
            seen[group.id] = row.line
            groups.append(group)
        raise_all(problems, DataError)
        if not groups:
            raise DataError(problem(str(file or "groups"), "at least one prompt group", "none"))
        return cls(groups)

    @classmethod
    def from_dataset(cls, dataset: Iterable[Mapping[str, Any]]) -> PromptGroups:
        """Groups from rows with the fields of ``groups.jsonl`` (a ``datasets.Dataset``, a list of dicts).

        Raises:
            DataError: for every bad row.
        """
        rows = (dict(row) for row in dataset)
        return cls.from_rows(Row(Path("dataset"), n, native._without_empty(row)) for n, row in enumerate(rows, start=1))

    @classmethod
    def from_columns(
        cls,
        columns: Mapping[str, Sequence[Any]],
        *,
        pivot: str = "en",
        kind: str | None = None,
        ids: Sequence[str] | None = None,
    ) -> PromptGroups:
        """Groups from one column of prompts per language, parallel by position; None or "" means no such cell.

        Args:
            columns: language tag -> prompts, all of one length.
            pivot: the language aligned in; must be among the columns.
            kind: ``"harmful"``, ``"harmless"`` or None, for all of them.
            ids: one per row; None numbers them.

        Raises:
            DataError: for columns of different lengths, a missing pivot, and every bad row.
        """
        lengths = {tag: len(column) for tag, column in columns.items()}
        if len(set(lengths.values())) > 1:
            raise DataError(problem("columns", "one length", lengths))
        if pivot not in columns:
            raise DataError(problem("columns", f"a column of the pivot {pivot!r}", ", ".join(columns) or "none"))
        count = lengths[pivot]
        names = ids if ids is not None else [f"{n:05d}" for n in range(1, count + 1)]
        rows = []
        for place, name in zip(range(count), names, strict=True):
            prompts = {tag: column[place] for tag, column in columns.items() if column[place] not in (None, "")}
            record = {"id": name, "pivot": pivot, "kind": kind, "prompts": prompts}
            rows.append(Row(Path("columns"), place + 1, record))
        return cls.from_rows(rows)

    def write(self, path: str | os.PathLike[str]) -> Path:
        """Writes ``groups.jsonl`` (or Parquet, by the suffix); the file appears whole or not at all."""
        from ..files import write_text

        path = Path(path)
        if path.suffix == ".parquet":
            import pyarrow as pa
            import pyarrow.parquet as pq

            aside = path.with_name(f".{path.name}.{os.getpid()}")
            pq.write_table(pa.Table.from_pylist([group.to_record() for group in self]), aside)
            return aside.replace(path)
        lines = (json.dumps(group.to_record(), ensure_ascii=False) + "\n" for group in self)
        return write_text(path, "".join(lines))

    @property
    def languages(self) -> tuple[str, ...]:
        """All languages, the pivots first, then in order of first appearance."""
        pivots = dict.fromkeys(group.pivot for group in self if group.pivot in group.prompts)
        return tuple(pivots | dict.fromkeys(tag for group in self for tag in group.prompts))

    def select(
        self,
        *,
        kinds: str | Sequence[str] = "all",
        languages: Sequence[str] | None = None,
        without: Iterable[str] = (),
        limit: int | None = None,
    ) -> PromptGroups:
        """The groups of some kinds, with some languages only, without some ids; groups left empty go.

        Args:
            kinds: ``"all"``, or those wanted; groups that say no kind stay.
            languages: tags wanted; None: all.
            without: ids to leave out.
            limit: at most so many groups of each kind, the first ones; None: all.

        Raises:
            DataError: for a language that no group has.
        """
        absent = [tag for tag in languages or () if tag not in self.languages]
        raise_all(
            [problem("languages", f"some of {', '.join(self.languages)}", repr(tag)) for tag in absent], DataError
        )
        dropped, kept, counts = set(without), [], Counter[str | None]()
        for group in self:
            if group.id in dropped or not (kinds == "all" or group.kind is None or group.kind in kinds):
                continue
            prompts = {t: p for t, p in group.prompts.items() if languages is None or t in languages}
            if prompts and (limit is None or counts[group.kind] < limit):
                counts[group.kind] += 1
                kept.append(replace(group, prompts=prompts))
        return PromptGroups(kept)

    @overload
    def __getitem__(self, index: int) -> PromptGroup: ...
    @overload
    def __getitem__(self, index: slice) -> PromptGroups: ...
    def __getitem__(self, index: int | slice) -> PromptGroup | PromptGroups:
        return PromptGroups(self._groups[index]) if isinstance(index, slice) else self._groups[index]

    def __len__(self) -> int:
        return len(self._groups)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PromptGroups) and self._groups == other._groups

    def __hash__(self) -> int:
        return hash(tuple(group.id for group in self))

    def __repr__(self) -> str:
        kinds = Counter(group.kind or "no kind" for group in self)
        counts = ", ".join(f"{n} {kind}" for kind, n in kinds.items())
        return f"PromptGroups({len(self)} groups: {counts}; {len(self.languages)} languages)"


def _shape_of(path: Path) -> str:
    if path.is_dir():
        return "polyrefuse"
    if not path.exists():
        raise MissingFileError(problem(str(path), "a file or folder of prompt groups", "nothing", "Check the path"))
    if path.suffix == ".parquet":
        return "parquet"
    if path.suffix == ".csv":
        return "multijail"
    text = read_text(path).lstrip()
    if text.startswith("["):
        return "pku-parallel"
    first = text.split("\n", 1)[0]
    try:
        record = json.loads(first)
    except json.JSONDecodeError:
        return "groups"  # whose reader reports the broken line
    is_test = isinstance(record, dict) and "prompts" not in record and isinstance(record.get("prompt"), list)
    return "pku-test" if is_test else "groups"
