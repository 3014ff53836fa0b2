"""Data sets of the Hugging Face hub, or a folder of that form: ``hf:ORG/NAME``, ``hf:ORG/NAME:SPLIT``."""

from __future__ import annotations

import importlib.util
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from ...errors import DataError, MissingLibraryError, named, problem, short
from . import aya, table
from .columns import Columns
from .folders import is_saved
from .native import without_empty
from .row import Row

SCHEME = "hf:"


def is_here(path: Path) -> bool:
    """Whether a path names a data set."""
    return str(path).startswith(SCHEME)


def read(
    path: Path,
    columns: Mapping[str, str] | None = None,
    found: Callable[[Columns], None] | None = None,
    empty: Counter[str] | None = None,
) -> tuple[str, Iterator[Row]]:
    """The shape, and rows of a data set: groups in our form, Aya red-teaming, or a table; arguments as of a table.

    Raises:
        MissingLibraryError: without ``datasets``.
        DataError: for a data set that cannot be loaded, and one of several splits of which none is named.
    """
    data = _loaded(path)
    first = data[0] if len(data) else {}

    def rows() -> Iterator[Row]:
        for number, record in enumerate(data, start=1):
            try:
                yield Row(path, number, without_empty(dict(record)))
            except ValueError as error:
                yield Row(path, number, None, str(error))

    if columns is None and isinstance(first.get("prompts"), dict):
        return "groups", rows()
    if columns is None and aya.is_here(first):
        return "aya", aya.of_fields(rows())
    return "table", table.of_fields(path, rows, columns, found, empty)


def _loaded(path: Path) -> Any:
    name, _, split = str(path).removeprefix(SCHEME).partition(":")
    if importlib.util.find_spec("datasets") is None:
        step = "Run: pip install datasets"
        raise MissingLibraryError(problem(str(path), "the library datasets", "an environment without it", step))
    import datasets

    where = Path(name).expanduser()
    saved = is_saved(where)
    try:
        if saved:
            data = datasets.load_from_disk(str(where))
        else:
            data = datasets.load_dataset(str(where) if where.exists() else name, split=split or None)
    except Exception as error:  # of the network, the hub, the file system or any format
        step = f"Check the name and the network, or give a folder: {SCHEME}PATH"
        raise DataError(problem(str(path), "a data set that can be loaded", named(error), step)) from None
    if saved and split:
        data = _split_of(path, data, split)
    if isinstance(data, dict):
        if len(data) > 1:
            raise DataError(problem(str(path), f"one split, as in {path}:{next(iter(data))}", ", ".join(data)))
        (data,) = data.values()
    return data


def _split_of(path: Path, saved: Any, split: str) -> Any:
    """Of what was saved the split that is named; a data set without splits may call itself by a name."""
    splits = saved if isinstance(saved, dict) else {str(saved.split): saved}
    if split not in splits:
        raise DataError(
            problem(str(path), f"one of its splits ({', '.join(splits)})", short(split), "Name one of them")
        )
    return splits[split]
