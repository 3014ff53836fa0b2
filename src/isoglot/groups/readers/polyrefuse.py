"""PolyRefuse's folder: one JSON list per language and part, parallel by position."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ...errors import DataError, MissingFileError, problem
from .row import Row, read_list

PIVOT = "en"
_FILE = re.compile(r"(?P<kind>harmful|harmless)_(?P<part>\w+?)_translated_(?P<tag>[\w-]+)\.json(\.gz)?")


def is_here(folder: Path) -> bool:
    """Whether a folder is of this shape."""
    return any(_FILE.fullmatch(file.name) for file in folder.iterdir())


def read(path: Path) -> Iterator[Row]:
    """Rows of all parts in the folder.

    English is in ``instruction``; harmless translations are in ``instruction_translated``, with the English next to
    them, harmful ones in ``instruction``. A language whose list is shorter lacks the last prompts, which is allowed.
    Prompts beyond the English list, and translations next to which other English stands, are reported.

    Raises:
        MissingFileError: if there is no such folder.
        DataError: if it has no such files, or two of a language, or a part has no English list to be parallel to.
    """
    if not path.is_dir():
        raise MissingFileError(problem(str(path), "a folder", "nothing", "Check the path"))
    parts: dict[tuple[str, str], dict[str, Path]] = {}
    for file in sorted(path.iterdir()):
        if match := _FILE.fullmatch(file.name):
            before = parts.setdefault((match["kind"], match["part"]), {}).setdefault(match["tag"], file)
            if before != file:
                raise DataError(problem(str(path), "one file a language", f"{before.name} and {file.name}"))
    if not parts:
        raise DataError(problem(str(path), "files named harmful_<part>_translated_<tag>.json", "none"))
    for (kind, part), files in parts.items():
        if PIVOT not in files:
            raise DataError(problem(str(path), f"{kind}_{part}_translated_{PIVOT}.json next to the others", "none"))
        columns = {tag: read_list(file) for tag, file in files.items()}
        yield from _part(kind, part, files, columns)


def _part(kind: str, part: str, files: dict[str, Path], columns: dict[str, list[Row]]) -> Iterator[Row]:
    english = columns[PIVOT]
    for place, (_, _, item, refused) in enumerate(english):
        rows = {tag: column[place] for tag, column in columns.items() if place < len(column)}
        yield from (row for row in rows.values() if row.reason)
        if refused:
            continue
        items = {tag: row.record for tag, row in rows.items() if not row.reason}
        for tag, translation in items.items():
            if _beside(translation) not in (None, _beside(item), _text(item, PIVOT)):
                reason = f"expected the translation of English prompt {place + 1}, got that of another"
                yield Row(files[tag], place + 1, None, reason)
        record: dict[str, Any] = {
            "id": f"polyrefuse-{kind}-{part}-{place + 1:04d}",
            "pivot": PIVOT,
            "kind": kind,
            "prompts": {tag: _text(text, tag) for tag, text in items.items()},
            "source": "PolyRefuse",
            "category": item.get("category") if isinstance(item, dict) else None,
        }
        yield Row(files[PIVOT], place + 1, record)
    for tag, column in columns.items():
        for place in range(len(english), len(column)):
            yield Row(files[tag], place + 1, None, f"expected {len(english)} prompts as in English, got more")


def _text(item: Any, tag: str) -> Any:
    if not isinstance(item, dict):
        return item
    return item.get("instruction_translated" if tag != PIVOT and "instruction_translated" in item else "instruction")


def _beside(item: Any) -> Any:
    """The English that stands next to a translation, if it does."""
    return item.get("instruction") if isinstance(item, dict) and "instruction_translated" in item else None
