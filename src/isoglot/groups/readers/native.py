"""isoglot's own ``groups.jsonl`` and its Parquet twin."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ...errors import DataError, MissingFileError, problem
from ...extras import need
from ...files import written_whole
from .row import Row, read_lines, read_list


def read_jsonl(path: Path) -> Iterator[Row]:
    """Rows of a ``groups.jsonl``: one record a line, as :meth:`PromptGroup.to_record` writes them."""
    yield from read_lines(path)


def read_list_of_records(path: Path) -> Iterator[Row]:
    """Rows of one JSON list of such records."""
    for number, item in enumerate(read_list(path), start=1):
        yield Row(path, number, item)


def read_parquet(path: Path) -> Iterator[Row]:
    """Rows of a Parquet file with the same fields. Fields that a row leaves empty are dropped from its record."""
    need("parquet", str(path))
    import pyarrow as pa
    import pyarrow.parquet as pq

    if not path.is_file():
        raise MissingFileError(problem(str(path), "a Parquet file", "nothing", "Check the path"))
    try:
        records = pq.read_table(path).to_pylist()
    except (pa.ArrowException, OSError) as error:
        raise DataError(problem(str(path), "a Parquet file", str(error).split("\n")[0])) from None
    for number, record in enumerate(records, start=1):
        yield Row(path, number, without_empty(record))


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
    """The value without fields that are None: Arrow gives every struct all fields, so one that a row lacks is None."""
    if isinstance(value, dict):
        return {key: without_empty(item) for key, item in value.items() if item is not None}
    return [without_empty(item) for item in value] if isinstance(value, list) else value
