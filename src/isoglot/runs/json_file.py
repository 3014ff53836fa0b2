"""The JSON objects that commands keep in a folder for themselves, to go on by."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..errors import RunError, problem
from ..json_text import decode


def read_object(path: Path, what: str, step: str = "Choose another folder") -> dict[str, Any]:
    """What a file says; nothing if it is not there.

    Args:
        path: of the file.
        what: it should hold, in words.
        step: what to do about one that holds something else.

    Raises:
        RunError: if it holds no object of JSON: what it said is lost, and nothing may be concluded from that.
    """
    try:
        return dict(json_object(path.read_bytes()))
    except FileNotFoundError:
        return {}
    except ValueError:
        raise RunError(problem(str(path), what, "something else", step)) from None


def readable_object(path: Path) -> dict[str, Any]:
    """What a file says; nothing if it is not there or cannot be read, where that comes to the same."""
    try:
        return read_object(path, "an object of JSON")
    except (OSError, RunError):
        return {}


def json_object(text: bytes) -> Mapping[str, Any]:
    """The object of a text of JSON, as of a line.

    Raises:
        ValueError: if it holds none, or what :func:`~isoglot.json_text.decode` refuses. Halves of surrogate pairs are
            let through: pages show them, and the rest of the response is worth having.
    """
    found = decode(text.decode(), halves=True)
    if not isinstance(found, Mapping):
        raise ValueError("no object of JSON")
    return found
