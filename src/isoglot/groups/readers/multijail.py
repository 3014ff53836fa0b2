"""MultiJail's CSV: one column a language, ``tags`` a Python list as text, cells with newlines."""

from __future__ import annotations

import ast
import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ...errors import DataError, problem
from ...languages import canonical_tag, is_tag
from .row import Row, cells_of_any_size
from .text_file import read_text

_OWN = ("id", "source", "tags")  # columns of the file that are no languages
MOST = 10_000  # characters of a list of tags
HEADER = "id,source,tags,"  # with which it begins, and no other


def read(path: Path) -> Iterator[Row]:
    """Rows of the CSV; the line reported is where the row begins. Columns that are no languages are kept.

    Raises:
        DataError: if no column is named by a language tag, or the text is no CSV.
    """
    reader = csv.DictReader(io.StringIO(read_text(path), newline=""), strict=True)
    began = 1
    rows: list[tuple[int, dict[Any, Any]]] = []
    try:
        with cells_of_any_size():
            columns = list(reader.fieldnames or ())
            began = reader.line_num + 1
            for item in reader:
                within = sum(cell.count("\n") for cell in item.values() if isinstance(cell, str))
                rows.append((reader.line_num - within, item))
                began = reader.line_num + 1
    except csv.Error as error:
        raise DataError(problem(f"{path}, line {began}", "CSV", str(error), "Look for an open quote")) from None
    languages = [name for name in columns if name not in _OWN and is_tag(canonical_tag(name))]
    if not languages:
        found = ", ".join(columns) or "an empty file"
        raise DataError(problem(str(path), "columns named by language tags", found, "Name them en, sw ..."))
    for line, item in rows:
        yield _row(path, line, item, columns, languages)


def _row(path: Path, line: int, item: dict[Any, Any], columns: list[str], languages: list[str]) -> Row:
    if None in item or None in item.values():
        return Row(path, line, None, f"expected {len(columns)} cells, got another number")
    rest = {name: item[name] for name in columns if name not in _OWN and name not in languages and item[name]}
    record: dict[str, Any] = {
        "id": f"multijail-{item.get('id') or line}",
        "pivot": "en",
        "kind": "harmful",
        "prompts": {tag: item[tag] for tag in languages},
        "source": "MultiJail",
    }
    tags = item.get("tags", "")
    if len(tags) > MOST:
        return Row(path, line, None, f"tags: expected a list of some words, got {len(tags):,} characters")
    record["category"] = "; ".join(tag_list(tags)) or None
    return Row(path, line, rest | record)


def tag_list(text: str) -> list[str]:
    """The words of a Python list as text; of other text the text itself."""
    if len(text) > MOST:
        return []
    try:
        tags = ast.literal_eval(text)
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        return [text] if text else []
    return [str(tag) for tag in tags] if isinstance(tags, list) else [str(tags)]
