"""CSV and TSV that people write: a column for each language, or a prompt a row."""

from __future__ import annotations

import csv
import io
import re
import warnings
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from ...errors import DataError, problem, raise_all, short
from ...languages import LANGUAGES, canonical_tag, is_tag
from .row import Row, read_text

_ROLES = ("id", "kind", "pivot", "category", "source")
_PROMPT, _LANGUAGE = "prompt", "language"
_PROSE = re.compile(r"\S\s+\S|[^\x00-\u024f]")  # two words, or a letter of another script
_SENTENCE = re.compile(r"\S\s+\S+\s+\S")  # three words


class Columns(NamedTuple):
    """What the columns of a table are.

    Attributes:
        languages: place -> tag.
        roles: what a group has besides (``kind`` ...) -> place.
        rest: place -> name of what is kept as it is.
    """

    languages: dict[int, str]
    roles: dict[str, int]
    rest: dict[int, str]


def read(path: Path) -> Iterator[Row]:
    """Rows of a table; the line reported is where the row begins.

    Columns named by language tags hold prompts (``EN``, `` en`` and ``zh_CN`` are tags too); ``id``, ``kind``,
    ``pivot``, ``category`` and ``source`` are what they say; other columns are kept. A name that only may be a tag
    (``no``, ``url``) is one if most of its cells are prose. Without such columns each row has a ``prompt`` and its
    ``language``; rows of one ``id`` are one group.

    Raises:
        DataError: for what is no CSV, without prompts, or with two columns of one thing.
    """
    header, rows = _table(path)
    columns = _columns(path, header, [cells for _, cells in rows])
    whole = (Row(path, line, *_record(line, cells, header, columns)) for line, cells in rows)
    yield from whole if columns.languages else _gathered(list(whole))


def _table(path: Path) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """The header, and each row with the line that it begins in."""
    delimiter = "\t" if path.suffix.lower() == ".tsv" else ","
    reader = csv.reader(io.StringIO(read_text(path), newline=""), delimiter=delimiter, strict=True)
    rows, began = [], 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                rows.append((began, cells))
            began = reader.line_num + 1
    except csv.Error as error:
        raise DataError(problem(f"{path}, line {began}", "CSV", str(error), "Look for an open quote")) from None
    if not rows:
        raise DataError(problem(str(path), "a table with a header", "an empty file"))
    header = [name.strip() for name in rows[0][1]]
    used = len(header)
    while used and not header[used - 1] and not any(cell.strip() for _, row in rows for cell in row[used - 1 : used]):
        used -= 1  # empty columns at the end, as spreadsheets write them
    return header[:used], [(line, row[:used] + [c for c in row[used:] if c.strip()]) for line, row in rows[1:]]


def _columns(path: Path, header: Sequence[str], rows: Sequence[Sequence[str]]) -> Columns:
    roles = {name.lower(): place for place, name in enumerate(header) if name.lower() in (*_ROLES, _PROMPT, _LANGUAGE)}
    may_be = {
        place: canonical_tag(name)
        for place, name in enumerate(header)
        if place not in roles.values() and name.lower() not in roles and is_tag(canonical_tag(name))
    }
    languages = {
        place: tag
        for place, tag in may_be.items()
        if tag.partition("-")[0] in LANGUAGES or _mostly(_PROSE, rows, place)
    }
    names = Counter([*languages.values(), *(n.lower() for place, n in enumerate(header) if place not in languages)])
    twice = [name for name, count in names.items() if count > 1]
    problems = [problem(str(path), "each column once", f"{name or 'no name'} {names[name]} times") for name in twice]
    if "id" in roles and _mostly(_SENTENCE, rows, roles["id"]):
        step = "If it is Indonesian, name it id-ID"
        problems.append(problem(f"{path}, column id", "names of groups", "sentences", step))
    if not languages and _PROMPT not in roles:
        found, step = ", ".join(header), "Name them en, sw ..., or add a column prompt"
        problems.append(problem(str(path), "columns named by language tags", found, step))
    raise_all(problems, DataError)
    left = [header[place] for place in may_be if place not in languages]
    if left:
        warnings.warn(
            f"{path}: columns {', '.join(left)} have the form of language tags and no prompts in them; they are taken "
            "for other data.",
            stacklevel=2,
        )
    if languages:  # a table by languages may have columns of these names besides
        roles = {name: place for name, place in roles.items() if name in _ROLES}
    taken = {*languages, *roles.values()}
    return Columns(languages, roles, {place: name for place, name in enumerate(header) if place not in taken})


def _mostly(pattern: re.Pattern[str], rows: Sequence[Sequence[str]], place: int) -> bool:
    """Whether more than half of a column's cells, the empty ones aside, are of a pattern."""
    there = [cells[place] for cells in rows if len(cells) > place and cells[place].strip()]
    return sum(bool(pattern.search(cell)) for cell in there) * 2 > len(there)


def _record(line: int, cells: Sequence[str], header: Sequence[str], columns: Columns) -> tuple[Any, str]:
    """A row's record, or the reason why there is none."""
    if len(cells) != len(header):
        return None, f"expected {len(header)} cells, got {len(cells)}"
    said = {name: cells[place].strip() for name, place in columns.roles.items() if cells[place].strip()}
    record: dict[str, Any] = {name: cells[place] for place, name in columns.rest.items() if cells[place]}
    record |= {name: said[name] for name in ("category", "source") if name in said}
    if "pivot" in said:
        record["pivot"] = canonical_tag(said["pivot"])
    if "kind" in said:
        record["kind"] = said["kind"].lower()
    record["id"] = said.get("id") or f"line-{line}"
    if columns.languages:
        return record | {"prompts": {tag: cells[place] for place, tag in columns.languages.items()}}, ""
    tag = canonical_tag(said.get(_LANGUAGE, record.get("pivot", "en")))
    return record | {"prompts": {tag: cells[columns.roles[_PROMPT]]}}, ""


def _gathered(rows: Sequence[Row]) -> Iterator[Row]:
    """Rows of one id as one group; a row that says no kind has its group's."""
    groups: dict[str, Row] = {}
    bad: list[Row] = []
    for row in rows:
        if row.reason:
            bad.append(row)
            continue
        first = groups.setdefault(row.record["id"], row)
        if first is row:
            continue
        name = row.record["id"]
        ((tag, prompt),) = row.record["prompts"].items()
        kinds = [one.record.get("kind") for one in (first, row)]
        if tag in first.record["prompts"]:
            reason = f"language: expected another one for id {name!r}, got {tag!r} again"
            bad.append(Row(row.file, row.line, None, reason))
        elif None not in kinds and kinds[0] != kinds[1]:
            reason = f"kind: expected that of id {name!r}, {short(kinds[0])}, got {short(kinds[1])}"
            bad.append(Row(row.file, row.line, None, reason))
        else:
            first.record["prompts"][tag] = prompt
            if kinds[0] is None and kinds[1] is not None:
                first.record["kind"] = kinds[1]
    yield from groups.values()
    yield from bad
