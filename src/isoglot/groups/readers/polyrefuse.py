"""PolyRefuse's folder: one JSON list per language and part, parallel by position."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ...errors import DataError, MissingFileError, problem
from .row import Row, read_list

_FILE = re.compile(r"(?P<kind>harmful|harmless)_(?P<part>\w+?)_translated_(?P<tag>\w+)\.json")


def read(path: Path) -> Iterator[Row]:
    """Rows of all parts in the folder.

    English is in ``instruction``; harmless translations are in ``instruction_translated``, harmful ones in
    ``instruction``. A language whose list is shorter than another's lacks the last prompts, which is allowed; one that
    has no English list to be parallel to is reported.
    """
    parts: dict[tuple[str, str], dict[str, Path]] = {}
    if not path.is_dir():
        raise MissingFileError(problem(str(path), "a folder", "nothing", "Check the path"))
    for file in sorted(path.iterdir()):
        if match := _FILE.fullmatch(file.name):
            parts.setdefault((match["kind"], match["part"]), {})[match["tag"]] = file
    if not parts:
        raise DataError(problem(str(path), "files named harmful_<part>_translated_<tag>.json", "none"))
    for (kind, part), files in parts.items():
        columns = {tag: read_list(file) for tag, file in files.items()}
        pivot = "en" if "en" in columns else next(iter(columns))
        for place, item in enumerate(columns[pivot]):
            texts = {tag: column[place] for tag, column in columns.items() if place < len(column)}
            record: dict[str, Any] = {
                "id": f"polyrefuse-{kind}-{part}-{place + 1:04d}",
                "pivot": pivot,
                "kind": kind,
                "prompts": {tag: _text(text, tag) for tag, text in texts.items()},
                "source": "PolyRefuse",
                "category": item.get("category") if isinstance(item, dict) else None,
            }
            yield Row(files[pivot], place + 1, record)


def _text(item: Any, tag: str) -> Any:
    if not isinstance(item, dict):
        return item
    return item.get("instruction_translated" if tag != "en" and "instruction_translated" in item else "instruction")
