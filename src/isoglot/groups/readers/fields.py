"""Files of named fields: CSV, TSV, JSON lines, one JSON list, Parquet, and plain text of one prompt a line."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from ...errors import DataError, problem, raise_all, short
from .native import read_parquet
from .row import Row, cells_of_any_size, read_lines, read_list, text_lines

PROMPT = "prompt"  # the name of the only field of a plain text


def read_fields(path: Path) -> Iterator[Row]:
    """Rows with a record of name -> value each, or the reason why there is none; the line is where the row begins.

    Raises:
        DataError: for what cannot be read as what its name says.
    """
    suffix = path.suffix.lower()
    if suffix in (".csv", ".tsv"):
        yield from _table(path, "\t" if suffix == ".tsv" else _comma(path))
    elif suffix in (".parquet", ".pq"):
        yield from read_parquet(path)
    elif (first := first_line(path)).startswith("["):
        yield from read_list(path)
    elif suffix == ".txt" and not first.startswith("{"):
        lines = ((number, line.strip()) for number, line in enumerate(text_lines(path), start=1))
        yield from (Row(path, number, {PROMPT: line}) for number, line in lines if line)
    else:
        yield from read_lines(path)


def _comma(path: Path) -> str:
    """What stands between cells: a semicolon as spreadsheets write it where the comma is in numbers, else a comma."""
    header = first_line(path)
    return ";" if ";" in header and "," not in header else ","


def first_line(path: Path) -> str:
    """The first line that is not empty, without the space before it."""
    return next((line.lstrip() for line in text_lines(path) if line.strip()), "")


def _table(path: Path, delimiter: str) -> Iterator[Row]:
    # Each line keeps how it ended, as the csv module wants it.
    reader = csv.reader(text_lines(path, newline=""), delimiter=delimiter, strict=True)
    rows, began = [], 1
    try:
        with cells_of_any_size():
            for cells in reader:
                if any(cell.strip() for cell in cells):
                    rows.append((began, cells))
                began = reader.line_num + 1
    except csv.Error as error:
        raise DataError(problem(f"{path}, line {began}", "CSV", str(error), "Look for an open quote")) from None
    if not rows:
        raise DataError(problem(str(path), "a table with a header", "an empty file"))
    (_, header), *below = rows
    names = [name.strip() for name in header]
    used_to = max((place for _, cells in below for place, cell in enumerate(cells, start=1) if cell.strip()), default=0)
    while len(names) > used_to and not names[-1]:
        names.pop()  # empty columns at the end, as spreadsheets write them
    twice = {short(name) if name else "no name": count for name, count in Counter(names).items() if count > 1}
    raise_all([problem(str(path), "each column once", f"{name} {n} times") for name, n in twice.items()], DataError)
    for line, cells in below:
        used = cells[: len(names)] + [cell for cell in cells[len(names) :] if cell.strip()]
        if len(used) == len(names):
            yield Row(path, line, dict(zip(names, used, strict=True)))
        else:
            yield Row(path, line, None, f"expected {len(names)} cells, got {len(used)}")
