"""Readers of prompt groups, one file a source; each yields rows, good or bad, and leaves the judging to others."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from ...errors import MissingFileError, problem
from ...files import suffix_of
from ...json_text import decode_first
from ...languages import base_tag
from . import aya, multijail, native, pku, polyrefuse, positions, table, xsafety
from .columns import OWN
from .fields import TABLES, first_line, rows_of_cells
from .folders import not_prompts
from .row import Row
from .text_file import read_text, text_lines

READERS: dict[str, Callable[[Path], Iterator[Row]]] = {
    "groups": native.read_jsonl,
    "groups-list": native.read_list_of_records,
    "parquet": native.read_parquet,
    "pku-test": pku.read_test,
    "pku-parallel": pku.read_parallel,
    "multijail": multijail.read,
    "table": table.read,
    "sheet": table.read,
    "polyrefuse": polyrefuse.read,
    "xsafety": xsafety.read,
    "aya": aya.read,
    "parallel": positions.read,
}


def shape_of(path: Path) -> str:
    """The reader for a file or folder, detected from its name and its first record.

    Raises:
        MissingFileError: if there is nothing at the path.
        DataError: for a folder of no shape that is known.
    """
    if path.is_dir():
        if xsafety.is_here(path):
            return "xsafety"
        if polyrefuse.is_here(path):
            return "polyrefuse"
        raise not_prompts(path)
    if positions.LANG in str(path):
        return "parallel"
    if not path.exists():
        raise MissingFileError(problem(str(path), "a file or folder of prompt groups", "nothing", "Check the path"))
    suffix = suffix_of(path)
    if suffix in (".parquet", ".pq"):
        names = native.parquet_names(path)
        return "parquet" if "prompts" in names else "aya" if aya.is_here(dict.fromkeys(names)) else "table"
    if suffix in TABLES:
        if suffix != ".xlsx" and next(text_lines(path), "").startswith(multijail.HEADER):
            return "multijail"
        _, names = next(rows_of_cells(path), (1, []))
        if aya.is_here(dict.fromkeys(names)):
            return "aya"
        return "sheet" if any(name.startswith(OWN) for name in names) else "table"
    first = first_line(path)
    if first.startswith("["):
        return _shape_of_record(_first_of([read_text(path).lstrip()[1:]]), is_list=True)
    if suffix == ".txt" and not first.startswith("{"):
        return "table"
    return _shape_of_record(_first_of(text_lines(path)), is_list=False)


def _shape_of_record(record: Mapping[str, Any], *, is_list: bool) -> str:
    """The shape of JSON by its first record, of a list or of lines."""
    turns = record.get("prompt")
    if "prompts" not in record:
        if aya.is_here(record):
            return "aya"
        if is_list and "instruction" in record:
            return "pku-parallel"
        if not is_list and isinstance(turns, list) and turns and isinstance(turns[0], dict) and "from" in turns[0]:
            return "pku-test"
        named = any(base_tag(name) or name.startswith(OWN) for name in record if name != "id")
        if turns is not None or "text" in record or named:
            return "table"
    return "groups-list" if is_list else "groups"


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
