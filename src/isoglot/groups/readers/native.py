"""isoglot's own ``groups.jsonl`` and its Parquet twin."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ...errors import DataError, MissingFileError, problem
from .row import Row, read_lines


def read_jsonl(path: Path) -> Iterator[Row]:
    """Rows of a ``groups.jsonl``: one record a line, as :meth:`PromptGroup.to_record` writes them."""
    yield from read_lines(path)


def read_parquet(path: Path) -> Iterator[Row]:
    """Rows of a Parquet file with the same fields. Columns that a row leaves empty are dropped from its record."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    if not path.is_file():
        raise MissingFileError(problem(str(path), "a Parquet file", "nothing", "Check the path"))
    try:
        records = pq.read_table(path).to_pylist()
    except pa.ArrowInvalid as error:
        raise DataError(problem(str(path), "a Parquet file", str(error).split("\n")[0])) from None
    for number, record in enumerate(records, start=1):
        yield Row(path, number, _without_empty(record))


def _without_empty(record: dict) -> dict:
    """Parquet gives every struct all of its fields; a language that a group lacks comes back as None."""
    kept = {key: value for key, value in record.items() if value is not None}
    for key in ("prompts", "weights", "provenance"):
        if isinstance(kept.get(key), dict):
            kept[key] = {tag: value for tag, value in kept[key].items() if value is not None}
    return kept
