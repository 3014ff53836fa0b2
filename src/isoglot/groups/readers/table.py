"""Tables that people write, in CSV, TSV, JSON, Parquet or plain text: a column for each language, or a prompt a row."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ...errors import short
from ...languages import canonical_tag
from .columns import KINDS_SAID, LANGUAGE, PROMPT, Columns, detected, given
from .fields import read_fields
from .row import Row


def read(
    path: Path, columns: Mapping[str, str] | None = None, tell: Callable[[str], None] | None = None
) -> Iterator[Row]:
    """Rows of a table; the line reported is where the row begins.

    Columns named by language tags hold prompts (``EN``, `` en`` and ``zh_CN`` are tags too); ``id`` (or ``group``),
    ``kind``, ``pivot``, ``category`` and ``source`` are what they say, and so is a ``label`` of ``safe`` and
    ``unsafe``; other columns are kept. Without columns for languages each row has a ``prompt`` and its ``language``;
    rows of one ``group`` or ``id`` are one group.

    Args:
        path: the file.
        columns: language, or what a group has besides -> name of its column; None: found by their names.
        tell: called with what each column was taken for.

    Raises:
        DataError: for what is no such file, without prompts, or with two columns of one thing.
    """
    rows = list(read_fields(path))
    good = [row.record for row in rows if isinstance(row.record, dict)]
    names = list(dict.fromkeys(name for record in good for name in record))
    if not good:
        yield from rows
        return
    found = detected(path, names, good) if columns is None else given(path, names, good, columns)
    if tell is not None:
        tell(f"{path}: {found}.")
    made = [row if row.reason or not isinstance(row.record, dict) else _record(row, found) for row in rows]
    yield from made if found.languages else _gathered(made)


def _record(row: Row, columns: Columns) -> Row:
    """The row with the record of a group."""
    cells: Mapping[str, Any] = row.record
    said = {role: str(cells[name]).strip() for role, name in columns.roles.items() if _is_there(cells.get(name))}
    record: dict[str, Any] = {name: cells[name] for name in columns.rest if _is_there(cells.get(name))}
    record |= {name: said[name] for name in ("category", "source") if name in said}
    if "pivot" in said:
        record["pivot"] = canonical_tag(said["pivot"])
    if "kind" in said:
        kind = said["kind"].lower()
        record["kind"] = KINDS_SAID.get(kind, kind)
    record["id"] = said.get("id") or f"{row.file.stem}-{row.line}"
    if columns.languages:
        prompts = {tag: cells[name] for name, tag in columns.languages.items() if cells.get(name) is not None}
    else:
        tag = canonical_tag(said.get(LANGUAGE, record.get("pivot", "en")))
        prompts = {tag: cells.get(columns.roles[PROMPT])}
    return row._replace(record=record | {"prompts": prompts})


def _is_there(cell: Any) -> bool:
    return cell is not None and cell != ""


def _gathered(rows: Sequence[Row]) -> Iterator[Row]:
    """Rows of one id as one group; a row that says no kind has its group's."""
    groups: dict[str, Row] = {}
    bad: list[Row] = []
    for row in rows:
        if row.reason or not isinstance(row.record, dict):
            bad.append(row)
            continue
        first = groups.setdefault(row.record["id"], row)
        if first is row:
            continue
        name = short(row.record["id"])
        ((tag, prompt),) = row.record["prompts"].items()
        kinds = [one.record.get("kind") for one in (first, row)]
        if tag in first.record["prompts"]:
            reason = f"language: expected another one for id {name}, got {short(tag)} again"
            bad.append(Row(row.file, row.line, None, reason))
        elif None not in kinds and kinds[0] != kinds[1]:
            reason = f"kind: expected that of id {name}, {short(kinds[0])}, got {short(kinds[1])}"
            bad.append(Row(row.file, row.line, None, reason))
        else:
            first.record["prompts"][tag] = prompt
            if kinds[0] is None and kinds[1] is not None:
                first.record["kind"] = kinds[1]
    yield from groups.values()
    yield from bad
