"""The prompt groups that a run was trained on, read again, though the run directory may be a stranger's.

Its files name paths of this machine: nothing is read that could not end, nor what the run has not been trained on,
and nothing of what is in a file, nor of an error that quotes it, is said.
"""

from __future__ import annotations

import os
import stat
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from pydantic_core import PydanticCustomError

from ..errors import IsoglotError, MissingLibraryError
from ..groups import PromptGroups
from ..groups.files import GroupsFile, groups_files
from ..groups.readers import hub, polyrefuse, positions, xsafety
from ..runs.environment import content_hash
from ..runs.json_file import readable_object
from ..settings import parse_yaml

MISTAKE = "data.groups in its run.yaml is not as isoglot reads it"
NO_HASH = "its environment.json has no hash of its training groups"
HUB = "its training groups are a data set of the hub, which is not asked"
PATTERN = f"its training groups are files of a pattern with {positions.LANG}, of whose content it has no hash"
GONE = "the files of its training groups are not where its run.yaml says"
NO_FILES = "its run.yaml names no plain files with content, nor a folder of a shape that says itself what it is"
CHANGED = "the files of its training groups have changed since"
UNREADABLE = "the files of its training groups cannot be read as prompt groups"
LIBRARY = "a library that reads the files of its training groups is missing"


class NotKnownError(Exception):
    """Why what a run was trained on cannot be said; its text is one of this module's."""


class TrainingGroups(NamedTuple):
    """What a run was trained on.

    Attributes:
        groups: of its prompts.
        files: their names.
    """

    groups: PromptGroups
    files: list[str]


def training_groups(run: Path) -> TrainingGroups | None:
    """The groups that a run was trained on; None of what is no run directory, or was trained without groups.

    Raises:
        NotKnownError: where they cannot be read again, or may be others.
    """
    if (data := _data_of(run)) is None:
        return None
    try:
        files = groups_files(data["groups"], "data.groups", GroupsFile)
    except PydanticCustomError:
        raise NotKnownError(MISTAKE) from None
    try:
        _check(run, files)
        with warnings.catch_warnings():  # which were said as it was trained
            warnings.simplefilter("ignore")
            groups = PromptGroups.read(files, skip_bad_rows=data.get("skip_bad_rows") is True)
    except MissingLibraryError:
        raise NotKnownError(LIBRARY) from None
    except (IsoglotError, OSError, ValueError):
        raise NotKnownError(UNREADABLE) from None
    return TrainingGroups(groups, [file.path.name for file in files])


def _data_of(run: Path) -> Mapping[str, Any] | None:
    """The section ``data`` of a run that was trained on prompt groups."""
    try:
        path = run / "run.yaml"
        found = parse_yaml(path.read_text(encoding="utf-8")) if _is_plain(path) else None
    except (OSError, ValueError, yaml.YAMLError):
        return None
    data = found.get("data") if isinstance(found, Mapping) else None
    return data if isinstance(data, Mapping) and data.get("groups") is not None else None


def _check(run: Path, files: tuple[GroupsFile, ...]) -> None:
    """Raises NotKnownError unless the files are the same as when the run was trained, and can be read to an end."""
    for file in files:
        if hub.is_here(file.path):
            raise NotKnownError(HUB)
        if positions.LANG in str(file.path):
            raise NotKnownError(PATTERN)
    if (known := _recorded_hash(run)) is None:
        raise NotKnownError(NO_HASH)
    for file in files:
        _check_what_it_is(file)
    if known != content_hash([file.path for file in files]):
        raise NotKnownError(CHANGED)


def _recorded_hash(run: Path) -> str | None:
    """That of the training groups, as the run has it."""
    path = run / "environment.json"
    inputs = readable_object(path).get("inputs") if path.is_file() and _is_plain(path) else None
    known = inputs.get("data.groups") if isinstance(inputs, Mapping) else None
    return known if isinstance(known, str) else None


def _check_what_it_is(file: GroupsFile) -> None:
    """Raises NotKnownError for what is no file or folder that can be hashed and read as a whole."""
    path = file.path
    try:
        is_folder = stat.S_ISDIR(path.stat().st_mode)
    except OSError:
        raise NotKnownError(GONE) from None
    if not is_folder:
        good = _is_plain(path)
    else:  # of another shape it may be any folder of the machine; columns lead to files outside of it
        known = xsafety.is_here(path) or polyrefuse.is_here(path)
        good = known and file.columns is None and all(map(_is_plain_or_empty, _entries(path)))
    if not good:
        raise NotKnownError(NO_FILES)


def _entries(folder: Path) -> Iterator[Path]:
    """All that is in a folder but folders; a link to a folder too, into which a hash does not look."""
    for place, names, others in os.walk(folder):
        yield from (path for name in names if (path := Path(place, name)).is_symlink())
        yield from (Path(place, name) for name in others)


def _is_plain(path: Path) -> bool:
    """Whether it is a regular file with content: those of the system, as in ``/proc``, say none and may never end."""
    return _is_plain_or_empty(path) and path.stat().st_size > 0


def _is_plain_or_empty(path: Path) -> bool:
    return stat.S_ISREG(path.stat().st_mode)
