"""Types of single settings, each with the words for what it must be."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from ..amounts import is_number
from ..errors import did_you_mean
from ..validation import Expected, unlike

Switch = Annotated[bool, Expected("true or false")]
Text = Annotated[str, Expected("text", bool)]
AtLeastZero = Annotated[float, Expected("a number >= 0", lambda value: 0 <= value < math.inf)]
AboveZero = Annotated[float, Expected("a number > 0", lambda value: 0 < value < math.inf)]
Share = Annotated[float, Expected("a share from 0 to 1", lambda value: 0 <= value <= 1)]
CountFromZero = Annotated[int, Expected("a whole number >= 0", lambda value: value >= 0)]
Count = Annotated[int, Expected("a whole number >= 1", lambda value: value >= 1)]
CountOrNull = Annotated[int | None, Expected("a whole number >= 1 or null", lambda value: value is None or value >= 1)]
LayerNumber = int | float  # 1 is the first layer, 1.0 would be the whole depth: neither becomes the other


def is_layer(value: Any) -> bool:
    """Whether it can be a layer's number, or a share of the depth."""
    return is_number(value) and value != 0 and math.isfinite(value)


def one_of(names: Sequence[str | None]) -> BeforeValidator:
    """One of some names, null among them or not; to stand in ``Annotated``."""
    known = [name for name in names if name is not None]
    expected = " or ".join([*known, "null"] if None in names else known)

    def check(value: Any) -> Any:
        if value not in names:
            raise unlike(expected, did_you_mean(str(value), known))
        return value

    return BeforeValidator(check)


def as_path(value: Any, expected: str) -> Path:
    """A path that someone wrote, ``~`` expanded.

    Raises:
        PydanticCustomError: for what can be no path.
    """
    text = str(value) if isinstance(value, (str, Path)) else ""
    if not text.strip() or "\0" in text:
        raise unlike(expected)
    return Path(os.path.expanduser(text))  # of a user that is not there it leaves ``~`` as it is


def is_there(path: Path) -> bool:
    """Whether something is at a path; what no file system can hold is nowhere."""
    try:
        return path.exists()
    except OSError:
        return False


CHECK = "Check the path"  # the step where nothing is at one


def existing(value: Any) -> Path:
    """A path at which something is.

    Raises:
        PydanticCustomError: for what can be no path, and where nothing is.
    """
    path = as_path(value, "an existing file")
    if not is_there(path):
        raise unlike("an existing file", CHECK, got=repr(str(value)) if len(str(value)) < 500 else "")
    return path


def _folder(value: Any) -> Path:
    path = as_path(value, "text")
    try:
        is_file = path.is_file()
    except OSError:
        raise unlike("a path that can be written") from None
    if is_file:
        raise unlike("a folder", "Choose another", got=f"a file, {str(path)!r}")
    return path


def _day(value: Any) -> date:
    try:
        return value if type(value) is date else date.fromisoformat(value)
    except (TypeError, ValueError):
        raise unlike("a day, as in 2026-11-27") from None


Day = Annotated[date, BeforeValidator(_day)]
AnyPath = Annotated[Path, BeforeValidator(lambda value: as_path(value, "a path")), Field(strict=False)]
FolderToBe = Annotated[Path, BeforeValidator(_folder), Field(strict=False)]
ExistingFile = Annotated[Path, BeforeValidator(existing), Field(strict=False)]
