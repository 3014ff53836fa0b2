"""The files that a run was trained on, found again, though the run directory may be a stranger's.

Its files name paths of this machine: nothing is read that could not end, nor what the run has not been trained on,
and nothing of what is in a file, nor of an error that quotes it, is said.
"""

from __future__ import annotations

import stat
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from ...errors import IsoglotError, MissingLibraryError
from ...runs.environment import content_hash
from ...runs.json_file import readable_object
from ...settings import parse_yaml

MISTAKE = "what its run.yaml says of its {what} is not as isoglot reads it"
NO_HASH = "its environment.json has no hash of its {what}"
GONE = "the files of its {what} are not where its run.yaml says"
NO_FILES = "its run.yaml names no plain files with content as its {what}"
CHANGED = "the files of its {what} have changed since"
UNREADABLE = "the files of its {what} cannot be read"
LIBRARY = "a library that reads the files of its {what} is missing"


class NotKnownError(Exception):
    """Why what a run was trained on cannot be said; ``why`` is a text of ours that names ``{what}``."""

    def __init__(self, why: str, what: str) -> None:
        super().__init__(why.format(what=what))


def settings_of(run: Path) -> Mapping[str, Any] | None:
    """What the ``run.yaml`` of a run directory says, which has a mapping ``data``; None of what is no run directory."""
    try:
        path = run / "run.yaml"
        found = parse_yaml(path.read_text(encoding="utf-8")) if is_plain(path) else None
    except (OSError, ValueError, yaml.YAMLError):
        return None
    return found if isinstance(found, Mapping) and isinstance(found.get("data"), Mapping) else None


def recorded_hash(run: Path, key: str, what: str) -> str:
    """That of an input, as the run has it.

    Raises:
        NotKnownError: where it has none.
    """
    path = run / "environment.json"
    inputs = readable_object(path).get("inputs") if path.is_file() and is_plain(path) else None
    known = inputs.get(key) if isinstance(inputs, Mapping) else None
    if not isinstance(known, str):
        raise NotKnownError(NO_HASH, what)
    return known


def check_unchanged(paths: Sequence[Path], known: str, what: str) -> None:
    """Sees that files are those that the run was trained on.

    Raises:
        NotKnownError: where they are others.
    """
    if known != content_hash(paths):
        raise NotKnownError(CHANGED, what)


@contextmanager
def reading(what: str) -> Iterator[None]:
    """What cannot be read is not known; what was said as the run was trained is not said again."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except MissingLibraryError:
        raise NotKnownError(LIBRARY, what) from None
    except (IsoglotError, OSError, ValueError):
        raise NotKnownError(UNREADABLE, what) from None


def is_folder(path: Path, what: str) -> bool:
    """Whether a folder is there, or a file.

    Raises:
        NotKnownError: where neither is.
    """
    try:
        return stat.S_ISDIR(path.stat().st_mode)
    except (OSError, ValueError):
        raise NotKnownError(GONE, what) from None


def is_plain(path: Path) -> bool:
    """Whether it is a regular file with content: those of the system, as in ``/proc``, say none and may never end."""
    return is_plain_or_empty(path) and path.stat().st_size > 0


def is_plain_or_empty(path: Path) -> bool:
    """Whether it is a regular file."""
    return stat.S_ISREG(path.stat().st_mode)
