"""What a reader yields, and the ways to open a file that all readers share."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

from ...errors import DataError, MissingFileError, problem


class Row(NamedTuple):
    """One row of a source: a record (of any quality), or the reason why there is none."""

    file: Path
    line: int  # counted from 1; for a JSON list the item's number
    record: Any
    reason: str = ""


def read_text(path: Path) -> str:
    """The file's text, without a byte-order mark.

    Raises:
        MissingFileError: if it is not there.
        DataError: if it is not UTF-8.
    """
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise MissingFileError(problem(str(path), "a file", "nothing", "Check the path")) from None
    except IsADirectoryError:
        raise DataError(problem(str(path), "a file", "a folder")) from None
    except UnicodeDecodeError as error:
        raise DataError(problem(str(path), "UTF-8 text", f"another encoding (byte {error.start})")) from None


def read_list(path: Path) -> list[Any]:
    """The items of a file that holds one JSON list.

    Raises:
        DataError: if it does not.
    """
    try:
        items = json.loads(read_text(path), object_pairs_hook=_once)
    except json.JSONDecodeError as error:
        raise DataError(problem(f"{path}, line {error.lineno}", "a JSON list", error.msg)) from None
    except ValueError as error:
        raise DataError(f"{path}: {error}.") from None
    if not isinstance(items, list):
        raise DataError(problem(str(path), "a JSON list", type(items).__name__))
    return items


def read_lines(path: Path) -> list[Row]:
    """The records of a JSON-lines file; empty lines are none, a broken one gives its reason."""
    found = []
    for number, line in enumerate(read_text(path).split("\n"), start=1):
        if line.strip():
            try:
                found.append(Row(path, number, json.loads(line, object_pairs_hook=_once)))
            except json.JSONDecodeError as error:
                found.append(Row(path, number, None, f"expected one JSON object, got broken JSON ({error.msg})"))
            except ValueError as error:
                found.append(Row(path, number, None, str(error)))
    return found


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """The object; JSON allows a key twice, and Python's reader would drop the first in silence."""
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        raise ValueError(f"expected each key once, got {next(k for k in keys if keys.count(k) > 1)!r} twice")
    return found
