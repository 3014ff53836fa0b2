"""Files that appear whole or not at all."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any


def write_text(path: Path, text: str) -> Path:
    """Writes ``text`` aside, then renames it to ``path``; a kill leaves the old file or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    with open(aside, "w", encoding="utf-8", newline="") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    return aside.replace(path)


def write_json(path: Path, value: Any) -> Path:
    """Writes ``value`` as indented JSON; not-a-number becomes null, since JSON has none."""
    return write_text(path, json.dumps(without_nan(value), ensure_ascii=False, indent=2) + "\n")


def without_nan(value: Any) -> Any:
    """The value with every float that is not finite replaced by None."""
    if isinstance(value, float):
        return value if value == value and abs(value) != float("inf") else None
    if isinstance(value, dict):
        return {key: without_nan(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [without_nan(item) for item in value]
    return value
