"""isoglot's own ``groups.jsonl`` and its Parquet twin."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from ...errors import DataError, MissingFileError, first_line, problem, short
from ...extras import need
from ...files import written_whole
from .row import Row, read_lines, read_list


def read_jsonl(path: Path) -> Iterator[Row]:
    """Rows of a ``groups.jsonl``: one record a line, as :meth:`PromptGroup.to_record` writes them."""
    yield from read_lines(path)


def read_list_of_records(path: Path) -> Iterator[Row]:
    """Rows of one JSON list of such records."""
    yield from read_list(path)


def read_parquet(path: Path) -> Iterator[Row]:
    """Rows of a Parquet file with the same fields. Fields that a row leaves empty are dropped from its record."""
    with _parquet(path) as file:
        number = 0
        for batch in file.iter_batches(batch_size=1000):
            for record in batch.to_pylist():
                number += 1
                try:
                    yield Row(path, number, without_empty(record))
                except ValueError as error:
                    yield Row(path, number, None, str(error))


def parquet_names(path: Path) -> list[str]:
    """The names of a Parquet file's columns.

    Raises:
        DataError: if it is none, or has a name twice.
    """
    with _parquet(path) as file:
        return list(file.schema_arrow.names)


@contextmanager
def _parquet(path: Path) -> Iterator[Any]:
    """The open file; what is wrong with it is a DataError."""
    need("parquet", str(path))
    import pyarrow as pa
    import pyarrow.parquet as pq

    if not path.is_file():
        raise MissingFileError(problem(str(path), "a Parquet file", "nothing", "Check the path"))
    try:
        with pq.ParquetFile(path) as file:
            name, count = max(Counter(file.schema_arrow.names).items(), key=lambda item: item[1], default=("", 0))
            if count > 1:
                raise DataError(problem(str(path), "each column once", f"{short(name)} {count} times"))
            yield file
    except (pa.ArrowException, OSError, ValueError, OverflowError) as error:  # dates, too, that Python does not have
        if isinstance(error, DataError):
            raise
        raise DataError(problem(str(path), "a Parquet file", first_line(error))) from None


def write_parquet(path: Path, records: list[dict[str, Any]]) -> None:
    """Writes what :func:`read_parquet` reads; the file appears whole or not at all.

    Raises:
        DataError: for records that do not fit into columns of one type each.
    """
    need("parquet", str(path))
    import pyarrow as pa
    import pyarrow.parquet as pq

    names = dict.fromkeys(name for record in records for name in record)
    try:
        table = pa.table({name: [record.get(name) for record in records] for name in names})
        with written_whole(path) as aside:
            pq.write_table(table, aside)
    except pa.ArrowException as error:
        reason = str(error).split("\n")[0]
        step = "Write a .jsonl, which holds any mixture"
        raise DataError(problem(str(path), "fields of one type each, as Parquet has them", reason, step)) from None


def without_empty(value: Any) -> Any:
    """The value without fields that are None, in the types that JSON has.

    Arrow gives every struct all fields, so one that a row lacks is None. Decimals become numbers, dates and times text.

    Raises:
        ValueError: in words, for what JSON has not.
    """
    if isinstance(value, dict):
        return {key: without_empty(item) for key, item in value.items() if item is not None}
    if isinstance(value, list):
        return [without_empty(item) for item in value]
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, (date, time)):  # a datetime is a date
        return value.isoformat()
    if isinstance(value, (bytes, timedelta)):
        raise ValueError(f"expected values that JSON has, got {short(value)}")
    return value
