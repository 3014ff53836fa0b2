"""Readers of prompt groups, one file a source; each yields rows, good or bad, and leaves the judging to others."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from ...errors import MissingFileError, problem
from ...json_text import decode_first
from . import multijail, native, pku, polyrefuse, table
from .row import Row, read_text, text_lines

READERS: dict[str, Callable[[Path], Iterator[Row]]] = {
    "groups": native.read_jsonl,
    "groups-list": native.read_list_of_records,
    "parquet": native.read_parquet,
    "pku-test": pku.read_test,
    "pku-parallel": pku.read_parallel,
    "multijail": multijail.read,
    "table": table.read,
    "polyrefuse": polyrefuse.read,
}


def shape_of(path: Path) -> str:
    """The reader for a file or folder, detected from its name and its first record.

    Raises:
        MissingFileError: if there is nothing at the path.
    """
    if path.is_dir():
        return "polyrefuse"
    if not path.exists():
        raise MissingFileError(problem(str(path), "a file or folder of prompt groups", "nothing", "Check the path"))
    suffix = path.suffix.lower()
    if suffix in (".parquet", ".pq"):
        return "parquet"
    if suffix in (".csv", ".tsv"):
        return "multijail" if next(text_lines(path), "").startswith(multijail.HEADER) else "table"
    first = next((line.lstrip() for line in text_lines(path) if line.strip()), "")
    if first.startswith("["):
        return "groups-list" if "prompts" in _first_of([read_text(path).lstrip()[1:]]) else "pku-parallel"
    record = _first_of(text_lines(path))
    return "pku-test" if "prompts" not in record and isinstance(record.get("prompt"), list) else "groups"


def _first_of(texts: Iterable[str]) -> dict[str, Any]:
    """The first JSON object with which a text begins; the reader reports the ones that are none."""
    for text in texts:
        try:
            record = decode_first(text)
        except ValueError:
            continue
        if isinstance(record, dict):
            return record
    return {}
