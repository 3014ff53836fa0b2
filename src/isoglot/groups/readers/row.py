"""What a reader yields, and the ways to open a file that all readers share."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Any, NamedTuple

from ...errors import DataError, MissingFileError, problem
from ...json_text import Refused, decode, decode_list

_OFTEN = 500  # rows between two looks at how far a file is read
_CHUNK = 1 << 20
# Marks with which a file begins that is no text in UTF-8: what it is, and what to do.
_MARKS = {
    b"\xff\xfe": ("UTF-16", ""),
    b"\xfe\xff": ("UTF-16", ""),
    b"\x1f\x8b": ("a file packed by gzip", "Unpack it, as by gunzip -k"),
    b"PK\x03\x04": ("a zip archive, as a workbook is one", "Unpack it, or name a workbook .xlsx"),
    b"PAR1": ("a Parquet file", "Name it .parquet, without a --shape"),
}


class Row(NamedTuple):
    """One row of a source: a record (of any quality), or the reason why there is none."""

    file: Path
    line: int  # counted from 1; for a JSON list the item's number
    record: Any
    reason: str = ""


def read_text(path: Path) -> str:
    """The file's text, without a byte-order mark.

    Raises:
        MissingFileError: if it is not there.
        DataError: if it is not UTF-8.
    """
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise MissingFileError(problem(str(path), "a file", "nothing", "Check the path")) from None
    except IsADirectoryError:
        raise DataError(problem(str(path), "a file", "a folder")) from None
    except UnicodeDecodeError as error:
        raise DataError(_no_text(path, error)) from None


def _no_text(path: Path, error: UnicodeDecodeError) -> str:
    """What a file is that is no UTF-8, as far as its beginning says it."""
    other = f"another encoding (byte {error.start})", ""
    got, step = next((said for mark, said in _MARKS.items() if error.object.startswith(mark)), other)
    save = 'Save it as "CSV UTF-8"' if path.suffix.lower() in (".csv", ".tsv") else "Save it as UTF-8"
    return problem(str(path), "UTF-8 text", got, step or save)


def read_list(path: Path) -> list[Row]:
    """The items of a file that holds one JSON list; one that is refused gives its reason.

    Raises:
        DataError: if it does not.
    """
    rows: list[Row] = []
    try:
        for number, item in enumerate(decode_list(read_text(path)), start=1):
            rows.append(Row(path, number, None, item.reason) if isinstance(item, Refused) else Row(path, number, item))
    except json.JSONDecodeError as error:
        raise DataError(_broken_list(path, error)) from None
    except ValueError as error:
        raise DataError(f"{path}, line {len(rows) + 1}: {error}. Correct the row or remove it.") from None
    return rows


def _broken_list(path: Path, error: json.JSONDecodeError) -> str:
    if not error.doc.lstrip().startswith("["):
        return problem(str(path), "a JSON list", "something else", "Name its --shape, or another file")
    where, step = f"{path}, line {error.lineno}", "Look there for a comma, a quote or a bracket"
    return problem(where, "a JSON list", f"broken JSON ({error.msg}, character {error.colno})", step)


def read_lines(path: Path) -> Iterator[Row]:
    """The records of a JSON-lines file, one at a time; empty lines are none, a broken one gives its reason."""
    for number, line in enumerate(text_lines(path), start=1):
        if line.strip():
            try:
                yield Row(path, number, decode(line))
            except json.JSONDecodeError as error:
                yield Row(path, number, None, f"expected one JSON object, got broken JSON ({error.msg})")
            except ValueError as error:
                yield Row(path, number, None, str(error))


def text_lines(path: Path, newline: str | None = None) -> Iterator[str]:
    """The file's lines, one at a time, without a byte-order mark; errors are those of :func:`read_text`.

    Args:
        path: the file.
        newline: as ``open`` has it; ``""`` keeps how lines end.
    """
    if not path.is_file():
        read_text(path)  # says what is wrong
    try:
        with open(path, encoding="utf-8-sig", newline=newline) as file:
            yield from file
    except UnicodeDecodeError:
        read_text(path)  # says where
        raise


def followed(
    sources: Sequence[Iterable[Row]], paths: Sequence[Path], progress: Callable[[int, int], None]
) -> Sequence[Iterable[Row]]:
    """The rows of files; progress is called with the lines that are read and those of all files.

    It is not called for few lines, nor where only reading a file says how many rows it has (Parquet, one JSON list, a
    folder).
    """
    lines = [_lines(path) for path in paths]
    *ends, total = accumulate(lines)
    if not all(lines) or total < _OFTEN:
        return sources

    def follow(rows: Iterable[Row], before: int, last: int) -> Iterator[Row]:
        progress(before, total)
        for count, row in enumerate(rows, start=1):
            yield row
            if count % _OFTEN == 0:
                progress(min(before + row.line, last), total)
        progress(last, total)

    return [follow(rows, *part) for rows, part in zip(sources, pairwise([0, *ends, total]), strict=True)]


def _lines(path: Path) -> int:
    """How many lines a file of rows has; 0 where a row is not counted by lines, or nothing can be read."""
    try:
        with open(path, "rb") as file:
            first = file.read(_CHUNK)
            if path.suffix.lower() in (".parquet", ".pq", ".xlsx") or first.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(
                b"["
            ):
                return 0
            chunks = iter(lambda: file.read(_CHUNK), b"")
            return first.count(b"\n") + sum(chunk.count(b"\n") for chunk in chunks)
    except OSError:
        return 0


@contextmanager
def cells_of_any_size() -> Iterator[None]:
    """The csv module takes cells as long as any text of JSON may be; it would stop at 131,072 characters."""
    before = csv.field_size_limit(2**31 - 1)
    try:
        yield
    finally:
        csv.field_size_limit(before)
