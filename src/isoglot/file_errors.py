"""What the file system refuses, in a sentence: a full disk, a quota, a place that is read-only or another's."""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from pathlib import Path
from typing import NamedTuple

from .errors import IsoglotError, first_line, problem

LITTLE = 16 << 20  # bytes; with less than that a disk is as good as full


class _Kind(NamedTuple):
    """What is expected of a place, what it is instead, and what to do."""

    expected: str
    got: str
    step: str


_AGAIN = "and give the same command again"
_FULL = _Kind("room on the disk", "a full disk", f"Free some of it {_AGAIN}, or choose another output")
_QUOTA = _Kind("room within your quota", "a quota that is used up", f"Remove files of yours {_AGAIN}")
_DENIED = _Kind("permission", "none", "Change the permissions, or choose another place")
_KINDS = {
    errno.ENOSPC: _FULL,
    errno.EDQUOT: _QUOTA,
    errno.EFBIG: _Kind("room for a file of this size", "a limit on it", f"Raise the limit (ulimit -f) {_AGAIN}"),
    errno.EROFS: _Kind("a place that can be written", "a read-only file system", "Choose another output"),
    errno.EACCES: _DENIED,
    errno.EPERM: _DENIED,
}
# How PyTorch says that a write was cut short; why it was, it does not know.
_CUT_SHORT = ("PytorchStreamWriter failed writing", "iostream error", "unexpected pos")


def cannot_be_written(error: BaseException, where: str | Path = "") -> str | None:
    """The sentence for an error of the file system; None for what is another's to explain.

    Args:
        error: of Python, or of a library that passes on what the system said.
        where: folder that is written to, for errors that name no file. Temporary files and caches may lie elsewhere:
            a place that is full is named before it.
    """
    if isinstance(error, IsoglotError):
        return None
    number, why = _number(error)
    if number not in _KINDS:
        return None
    kind, file = _KINDS[number], getattr(error, "filename", None)
    if kind is _DENIED and not file and (isinstance(error, OSError) or not where):
        return None  # to do something else than to open a file, which Python would name
    place = str(file or (_full_place(where) if kind is _FULL else "") or where or "the disk")
    return problem(place, kind.expected, f"{kind.got} ({why})", kind.step)


def of_system(error: BaseException, where: str | Path = "") -> str | None:
    """The sentence for any error of the file system, that of :func:`cannot_be_written` first; None for others."""
    sentence = cannot_be_written(error, where)
    if sentence is None and isinstance(error, OSError) and error.errno is not None:
        said = error.strerror or first_line(error)
        return problem(str(error.filename or "files"), "a file or folder that can be used", said)
    return sentence


def _number(error: BaseException) -> tuple[int | None, str]:
    """The system's number for what went wrong, and what it says."""
    if isinstance(error, OSError) and error.errno is not None:
        return error.errno, os.strerror(error.errno)
    said = str(error)
    for number in _KINDS:
        if f"(os error {number})" in said:
            return number, os.strerror(number)
    if isinstance(error, RuntimeError) and any(words in said for words in _CUT_SHORT):
        return errno.ENOSPC, "a file was cut short"
    return None, ""


def _full_place(where: str | Path) -> str:
    """The first of the places that are written to which has no room; empty if all have."""
    try:
        places = [where, tempfile.gettempdir(), os.environ.get("HF_HOME") or Path.home() / ".cache"]
    except (OSError, RuntimeError):  # not even room for a temporary file, or no home
        places = [where]
    return next((str(place) for place in places if place and _free(Path(place)) < LITTLE), "")


def _free(place: Path) -> float:
    """Bytes that are left at a place, which need not exist yet."""
    there = next((path for path in (place, *place.parents) if path.exists()), None)
    try:
        return float("inf") if there is None else shutil.disk_usage(there).free
    except OSError:
        return float("inf")
