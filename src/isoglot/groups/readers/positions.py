"""One file a language, parallel by position: the third prompt of each is one group."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import zip_longest
from pathlib import Path
from typing import Any

from ...errors import DataError, MissingFileError, problem, short
from ...files import stem_of, suffix_of
from ...languages import base_tag, canonical_tag, is_tag
from .fields import TABLES, first_line, read_fields, rows_of_cells
from .row import Row
from .survey import PROMPT_NAMES
from .text_file import text_lines

LANG = "{lang}"  # in a path, for the tag
PIVOT = "en"


def files_of(pattern: Path) -> dict[str, Path]:
    """The files of a pattern such as ``prompts.{lang}.txt``, by language tag; ``{lang}`` may be a folder's name.

    Raises:
        MissingFileError: if there is none.
        DataError: for two files of one language.
    """
    text = str(pattern)
    before, *after = map(re.escape, text.split(LANG))
    form = re.compile(f"{before}(?P<tag>[A-Za-z0-9_-]+){'(?P=tag)'.join(after)}")
    root = Path(text.partition(LANG)[0] + "x").parent
    below = str(pattern.relative_to(root) if root != Path() else pattern).replace(LANG, "*")
    found: dict[str, Path] = {}
    for path in sorted(root.glob(below)):
        match = form.fullmatch(str(path))
        if match and is_tag(tag := canonical_tag(match["tag"])):
            if tag in found:
                raise DataError(problem(text, "one file a language", f"{found[tag]} and {path}"))
            found[tag] = path
    if not found:
        raise MissingFileError(problem(text, f"files with language tags in place of {LANG}", "none", "Check the path"))
    return found


def read(pattern: Path) -> Iterator[Row]:
    """Rows of the files of a pattern; errors are those of :func:`files_of` and :func:`of_files`."""
    stem = pattern.name.replace(LANG, "").replace("..", ".").strip("._-")
    yield from of_files(files_of(pattern), name=stem_of(Path(stem)) or pattern.parent.name)


def of_files(files: Mapping[str, Path], *, name: str, record: Mapping[str, Any] | None = None) -> Iterator[Row]:
    """Rows of files that are parallel by position. A place that is empty in a file is a missing cell.

    A file is text of one prompt a line (an empty line keeps the place), JSON of texts or of objects with a ``prompt``,
    ``text``, ``instruction``, ``question`` or ``goal``, or a CSV, TSV or XLSX with such a column or a single one, with
    a header or without. What a file has beyond the last prompt of the pivot (English, or the first language) is
    reported: it is parallel to nothing.

    Args:
        files: by language tag.
        name: with which ids begin.
        record: what all of the groups say besides.

    Raises:
        DataError: for a table of several columns of which none is called so.
    """
    pivot = PIVOT if PIVOT in files else next(iter(files))
    columns = [one_column(path) for path in files.values()]
    ended = False
    for place, rows in enumerate(zip_longest(*columns), start=1):
        found = {tag: row for tag, row in zip(files, rows, strict=True) if row is not None}
        yield from (row for row in found.values() if row.reason)
        ended = ended or pivot not in found
        prompts = {tag: row.record for tag, row in found.items() if not row.reason and not _is_empty(row.record)}
        if ended:
            expected = f"{place - 1:,} prompts as in {files[pivot]}"
            yield from (Row(files[tag], found[tag].line, None, f"expected {expected}, got more") for tag in prompts)
        elif prompts:
            made = {**(record or {}), "id": f"{name}-{place:05d}", "pivot": pivot, "prompts": prompts}
            yield Row(files[pivot], found[pivot].line, made)


def _is_empty(value: Any) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


def one_column(path: Path) -> Iterator[Row]:
    """The prompts of a file, one a place; errors are those of :func:`of_files`."""
    suffix = suffix_of(path)
    if suffix in TABLES:
        yield from _cells(path)
    elif suffix in (".parquet", ".pq") or first_line(path)[:1] in ("[", "{"):
        yield from _values(path, read_fields(path))
    else:
        yield from (Row(path, number, line.strip()) for number, line in enumerate(text_lines(path), start=1))


def _values(path: Path, rows: Iterable[Row]) -> Iterator[Row]:
    for row in rows:
        value = row.record
        if isinstance(value, dict):
            name = next((name for name in PROMPT_NAMES if name in value), None)
            if name is None:
                yield Row(path, row.line, None, f"expected a field {', '.join(PROMPT_NAMES)}, got {short(list(value))}")
                continue
            value = value[name]
        yield row._replace(record=value)


def _cells(path: Path) -> Iterator[Row]:
    rows = rows_of_cells(path)
    first = next(rows, None)
    if first is None:
        return
    names = [cell.strip().lower() for cell in first[1]]
    place = next((names.index(name) for name in PROMPT_NAMES if name in names), None)
    if place is None:
        if len([name for name in names if name]) != 1:
            expected = f"one column, or one called {', '.join(PROMPT_NAMES)}"
            raise DataError(problem(str(path), expected, f"{len(names)} columns"))
        place = next(number for number, name in enumerate(names) if name)
        if base_tag(names[place]) != names[place]:  # a single column without a name
            yield Row(path, first[0], first[1][place].strip())
    for line, cells in rows:
        yield Row(path, line, cells[place].strip() if place < len(cells) else "")
