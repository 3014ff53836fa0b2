"""The JSON objects that commands keep in a folder for themselves, to go on by."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ..errors import RunError, problem


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
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise RunError(problem(str(path), what, "something else", step))
    return found
