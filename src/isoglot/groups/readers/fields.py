"""Files of named fields: CSV, TSV, XLSX, JSON lines, one JSON list, Parquet, and plain text of one prompt a line."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import takewhile
from pathlib import Path

from ...errors import DataError, problem, raise_all, short
from ...files import suffix_of
from . import xlsx
from .native import read_parquet
from .row import Row, cells_of_any_size, read_lines, read_list
from .text_file import text_lines

TABLES = (".csv", ".tsv", ".xlsx")
PROMPTS = ("en", "sw", "kind")  # the columns of a table of prompts, as an example
_SAYS_COMMA = re.compile(r'"?sep=(.)"?\s*', re.IGNORECASE)  # a first line that spreadsheets understand
PROMPT = "prompt"  # the name of the only field of a plain text


def read_fields(path: Path, *, numbered: bool = False, columns: Sequence[str] = PROMPTS) -> Iterator[Row]:
    """Rows with a record of name -> value each, or the reason why there is none; the line is where the row begins.

    Args:
        path: the file.
        numbered: whether a table whose first line does not have these names has none: they are numbers from 1.
        columns: such as the file is to have, for the message of an empty table.

    Raises:
        DataError: for what cannot be read as what its name says.
    """
    suffix = suffix_of(path)
    if suffix in TABLES:
        yield from _table(path, numbered=numbered, columns=columns)
    elif suffix in (".parquet", ".pq"):
        yield from read_parquet(path)
    elif (first := first_line(path)).startswith("["):
        yield from read_list(path)
    elif suffix == ".txt" and not first.startswith("{"):
        lines = ((number, line.strip()) for number, line in enumerate(text_lines(path), start=1))
        yield from (Row(path, number, {PROMPT: line}) for number, line in lines if line)
    else:
        yield from read_lines(path)


def first_line(path: Path) -> str:
    """The first line that is not empty, without the space before it."""
    return next((line.lstrip() for line in text_lines(path) if line.strip()), "")


def rows_of_cells(path: Path) -> Iterator[tuple[int, list[str]]]:
    """The rows of a CSV, TSV or XLSX that are not empty, each with the line where it begins.

    Raises:
        DataError: for what is no such file.
    """
    rows = xlsx.rows(path) if suffix_of(path) == ".xlsx" else _separated(path)
    yield from ((line, cells) for line, cells in rows if any(cell.strip() for cell in cells))


def _comma(path: Path) -> tuple[str, bool]:
    """What stands between cells, and whether the first line does nothing but say it.

    Without such a line it is the first of these that the header has. Spreadsheets write a semicolon where the comma is
    in numbers; what is copied out of one has tabs, whatever its name.
    """
    header = first_line(path)
    if said := _SAYS_COMMA.fullmatch(header):
        return said[1], True
    mark = "\t" if suffix_of(path) == ".tsv" else next((mark for mark in ",;\t" if mark in header), ",")
    return mark, False


def _separated(path: Path) -> Iterator[tuple[int, list[str]]]:
    delimiter, is_said = _comma(path)
    lines = text_lines(path, newline="")  # each keeps how it ended, as the csv module wants it
    before = 1
    if is_said:  # the first line that is not empty
        before += 1 + sum(1 for _ in takewhile(lambda line: not line.strip(), lines))
    began = before
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    try:
        with cells_of_any_size():
            for cells in reader:
                yield began, cells
                began = before + reader.line_num
    except csv.Error as error:
        raise DataError(problem(f"{path}, line {began}", "CSV", str(error), "Look for an open quote")) from None


def _table(path: Path, *, numbered: bool, columns: Sequence[str]) -> Iterator[Row]:
    rows = rows_of_cells(path)
    first = next(rows, None)
    header = f"the columns in its first line, as in {','.join(columns)}"
    if first is None:
        raise DataError(problem(str(path), "a table with a header", "an empty file", f"Name {header}"))
    names = [name.strip() for name in first[1]]
    if numbered and not any(name.isdecimal() for name in names):
        names, rows = [str(number) for number in range(1, len(names) + 1)], rows_of_cells(path)
    elif names and not names[-1]:  # empty columns at the end, as spreadsheets write them
        used_to = max((place for _, row in rows for place, cell in enumerate(row, start=1) if cell.strip()), default=0)
        while len(names) > used_to and not names[-1]:
            names.pop()
        rows = rows_of_cells(path)
        next(rows)
    twice = {short(name) if name else "no name": count for name, count in Counter(names).items() if count > 1}
    step = f"Rename one, or name {header}"
    raise_all(
        [problem(str(path), "each column once", f"{name} {n} times", step) for name, n in twice.items()], DataError
    )
    short_rows = suffix_of(path) == ".xlsx"  # a sheet does not hold the empty cells at a row's end
    for line, cells in rows:
        used = cells[: len(names)] + [cell for cell in cells[len(names) :] if cell.strip()]
        if short_rows:
            used += [""] * (len(names) - len(used))
        if len(used) == len(names):
            yield Row(path, line, dict(zip(names, used, strict=True)))
        else:
            yield Row(path, line, None, f"expected {len(names)} cells, got {len(used)}")
