"""What a reader yields, and the forms of rows that all readers share."""

from __future__ import annotations

import csv
import json
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Any, NamedTuple

from ...errors import DataError, problem
from ...files import suffix_of
from ...json_text import Refused, decode, decode_list
from .text_file import opened, read_text, text_lines

_OFTEN = 500  # rows between two looks at how far a file is read
_CHUNK = 1 << 20


class Row(NamedTuple):
    """One row of a source: a record (of any quality), or the reason why there is none."""

    file: Path
    line: int  # counted from 1; for a JSON list the item's number
    record: Any
    reason: str = ""

    @property
    def has_object(self) -> bool:
        """Whether its record is an object, which may be a group's; what else there is goes on to be reported."""
        return not self.reason and isinstance(self.record, dict)


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
        with opened(path) as file:
            first = file.read(_CHUNK)
            is_list = first.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"[")
            if is_list or suffix_of(path) in (".parquet", ".pq", ".xlsx"):
                return 0
            chunks = iter(lambda: file.read(_CHUNK), b"")
            return first.count(b"\n") + sum(chunk.count(b"\n") for chunk in chunks)
    except (OSError, EOFError, zlib.error, DataError):  # what is packed may be damaged: reading it says so
        return 0


@contextmanager
def cells_of_any_size() -> Iterator[None]:
    """The csv module takes cells as long as any text of JSON may be; it would stop at 131,072 characters."""
    before = csv.field_size_limit(2**31 - 1)
    try:
        yield
    finally:
        csv.field_size_limit(before)
