"""Tables that people write, in CSV, TSV, XLSX, JSON, Parquet or text: a column for each language, or a prompt a row."""

from __future__ import annotations

import re
import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from ...errors import short, some
from ...files import stem_of, suffix_of
from ...languages import called, canonical_tag, is_tag
from .columns import LANGUAGE, PROMPT, Columns, detected, given
from .fields import read_fields
from .quotes import without_quote
from .row import Row
from .survey import KINDS_SAID, Survey

# As spreadsheets show them, also in other languages than English: #NAME? #DIV/0! #N/A, #BEZUG! #NV, #¡REF!, #Н/Д.
_ERROR = re.compile(r"#[¡¿]?[^\W\d_][^\s]{1,14}[!?]|#[NН]/?[ABDVД]")
_ERROR_BY_NUMBER = re.compile(r"Err:\d{3}")  # LibreOffice's


def read(
    path: Path,
    columns: Mapping[str, str] | None = None,
    found: Callable[[Columns], None] | None = None,
    empty: Counter[str] | None = None,
) -> Iterator[Row]:
    """Rows of a table; the line reported is where the row begins.

    Columns named by language tags hold prompts (``EN``, `` en`` and ``zh_CN`` are tags too); ``id`` (or ``group``),
    ``kind``, ``pivot``, ``category`` and ``source`` are what they say, and so is a ``label`` of ``safe`` and
    ``unsafe``; other columns are kept. Without columns for languages each row has a ``prompt`` (or ``text``) and its
    ``language``; rows of one ``group`` or ``id`` are one group. An empty cell is none; a warning counts them.

    Args:
        path: the file.
        columns: language, or what a group has besides -> name of its column, or its number in a table that has no
            names; None: found by their names.
        found: called with what each column was taken for.
        empty: takes the count of empty cells by language, in place of the warning.

    Raises:
        DataError: for what is no such file, without prompts, or with two columns of one thing.
    """
    numbered = columns is not None and all(name.isdecimal() for name in columns.values())
    yield from of_fields(path, lambda: read_fields(path, numbered=numbered), columns, found, empty)


def of_fields(
    path: Path,
    fields: Callable[[], Iterable[Row]],
    columns: Mapping[str, str] | None = None,
    found: Callable[[Columns], None] | None = None,
    empty: Counter[str] | None = None,
) -> Iterator[Row]:
    """As :func:`read`, of rows of named fields, which are gone through twice, so that they need not be kept.

    Args:
        path: what to call the table.
        fields: gives its rows from the beginning.
        columns: as in :func:`read`.
        found: as in :func:`read`.
        empty: as in :func:`read`.
    """
    seen = Survey()
    for row in fields():
        if isinstance(row.record, dict):
            seen.add(row.record)
    if not seen.names:
        yield from fields()
        return
    taken = detected(path, seen) if columns is None else given(path, seen, columns)
    if found is not None:
        found(taken)
    warned = empty is None
    empty = Counter[str]() if empty is None else empty
    broken = Counter[str]()
    records = (_mended(row, taken, broken) if row.has_object else row for row in fields())
    made = (_record(row, taken, empty) if row.has_object else row for row in records)
    yield from made if taken.languages else _gathered(made)
    if broken:
        counts = some((f"{what} ({count:,})" for what, count in broken.most_common()), 8)
        warnings.warn(
            f"{path}: a spreadsheet's error in place of a prompt: {counts}. These cells are taken as empty; write "
            "their texts again, formatted as text.",
            stacklevel=2,
        )
    if warned and empty:
        counts = some((f"{tag} ({count:,})" for tag, count in empty.most_common()), 8)
        warnings.warn(f"{path}: empty cells: {counts}. These groups lack the language.", stacklevel=2)


def _mended(row: Row, columns: Columns, broken: Counter[str]) -> Row:
    """The row without what a spreadsheet shows where it cannot calculate: it takes ``- why?`` for a formula."""
    names = columns.languages or ({columns.roles[PROMPT]: PROMPT} if PROMPT in columns.roles else {})
    wrong = {
        name: tag
        for name, tag in names.items()
        if isinstance(cell := row.record.get(name), str) and len(cell) < 20 and _is_error(cell.strip())
    }
    if not wrong:
        return row
    broken.update(f"{tag} {row.record[name].strip()}" for name, tag in wrong.items())
    return row._replace(record=row.record | dict.fromkeys(wrong, ""))


def _is_error(text: str) -> bool:
    """Whether it is an error of a spreadsheet; a hashtag of a script without capital letters is none."""
    return bool((text.isupper() and _ERROR.fullmatch(text)) or _ERROR_BY_NUMBER.fullmatch(text))


def _record(row: Row, columns: Columns, empty: Counter[str]) -> Row:
    """The row with the record of a group; empty cells are counted."""
    cells: Mapping[str, Any] = row.record
    if columns.is_own and suffix_of(row.file) in (".csv", ".tsv"):
        cells = {name: without_quote(cell) for name, cell in cells.items()}
    said = {role: str(cells[name]).strip() for role, name in columns.roles.items() if _is_there(cells.get(name))}
    record: dict[str, Any] = {name: cells[name] for name in columns.rest if _is_there(cells.get(name))}
    record |= {name: said[name] for name in ("category", "source") if name in said}
    if "pivot" in said:
        record["pivot"] = _tag(said["pivot"])
    if "kind" in said:
        kind = said["kind"].lower()
        record["kind"] = KINDS_SAID.get(kind, kind)
    record["id"] = said.get("id") or f"{stem_of(row.file)}-{row.line}"
    if columns.languages:
        prompts = {tag: cells[name] for name, tag in columns.languages.items() if cells.get(name) is not None}
        there = {tag: cell for tag, cell in prompts.items() if not isinstance(cell, str) or cell.strip()}
        if there:  # a row without any is a mistake, and told as one
            empty.update(prompts.keys() - there.keys())
            prompts = there
    else:
        tag = _tag(said[LANGUAGE]) if LANGUAGE in said else record.get("pivot", "en")
        prompts = {tag: cells.get(columns.roles[PROMPT])}
    return row._replace(record=record | {"prompts": prompts})


def _tag(language: str) -> str:
    """The tag of a language that a cell says, by its tag or by its name in English."""
    tag = canonical_tag(language)
    return tag if is_tag(tag) else called(language) or tag


def _is_there(cell: Any) -> bool:
    return cell is not None and cell != ""


def _gathered(rows: Iterable[Row]) -> Iterator[Row]:
    """Rows of one id as one group; a row that says no kind has its group's."""
    groups: dict[str, Row] = {}
    bad: list[Row] = []
    for row in rows:
        if not row.has_object:
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
