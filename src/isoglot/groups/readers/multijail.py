"""MultiJail's CSV: one column a language, ``tags`` a Python list as text, cells with newlines."""

from __future__ import annotations

import ast
import csv
import io
from collections.abc import Iterator
from pathlib import Path

from ...languages import is_tag
from .row import Row, read_text

_OTHER_COLUMNS = {"id", "source", "tags"}


def read(path: Path) -> Iterator[Row]:
    """Rows of the CSV; the line reported is where the row begins."""
    reader = csv.DictReader(io.StringIO(read_text(path), newline=""))
    line = reader.line_num + 1
    for item in reader:
        start, line = max(line, 2), reader.line_num + 1
        if None in item or None in item.values():
            yield Row(path, start, None, f"expected {len(reader.fieldnames or ())} cells, got another number")
            continue
        prompts = {tag: text for tag, text in item.items() if tag not in _OTHER_COLUMNS and is_tag(tag)}
        yield Row(
            path,
            start,
            {
                "id": f"multijail-{item.get('id', start)}",
                "pivot": "en",
                "kind": "harmful",
                "prompts": prompts,
                "source": "MultiJail",
                "category": "; ".join(_tags(item.get("tags", ""))) or None,
            },
        )


def _tags(text: str) -> list[str]:
    try:
        tags = ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return [text] if text else []
    return [str(tag) for tag in tags] if isinstance(tags, list) else [str(tags)]
