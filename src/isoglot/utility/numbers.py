"""What ``utility.json`` of a folder says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ..runs.json_file import read_object
from ..runs.utility import UTILITY, Utility
from ..validation import checked


def read_numbers(folder: Path) -> dict[str, Any]:
    """What it holds, as plain values; nothing if it is not there.

    Raises:
        RunError: for what is no object of JSON.
        DataError: with every value that is of another form.
    """
    path = folder / UTILITY
    found = read_object(path, "numbers of utility")
    checked(Utility, found, str(path))
    return found
