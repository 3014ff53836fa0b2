"""The prompt groups that a run was trained on, read again."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from pydantic_core import PydanticCustomError

from ...groups import PromptGroups
from ...groups.files import GroupsFile, groups_files
from ...groups.readers import hub, polyrefuse, positions, xsafety
from .training_files import (
    MISTAKE,
    NO_FILES,
    NotKnownError,
    check_unchanged,
    is_folder,
    is_plain,
    is_plain_or_empty,
    reading,
    recorded_hash,
    settings_of,
)

KEY, WHAT = "data.groups", "training groups"
HUB = "its {what} are a data set of the hub, which is not asked"
PATTERN = "its {what} are files of a pattern with {{lang}}, of whose content it has no hash"


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
    data = (settings_of(run) or {}).get("data", {})
    if data.get("groups") is None:
        return None
    try:
        files = groups_files(data["groups"], KEY, GroupsFile)
    except PydanticCustomError:
        raise NotKnownError(MISTAKE, WHAT) from None
    with reading(WHAT):
        _check(run, files)
        groups = PromptGroups.read(files, skip_bad_rows=data.get("skip_bad_rows") is True)
    return TrainingGroups(groups, [file.path.name for file in files])


def _check(run: Path, files: tuple[GroupsFile, ...]) -> None:
    """Raises NotKnownError unless the files are the same as when the run was trained, and can be read to an end."""
    for file in files:
        if hub.is_here(file.path):
            raise NotKnownError(HUB, WHAT)
        if positions.LANG in str(file.path):
            raise NotKnownError(PATTERN, WHAT)
    known = recorded_hash(run, KEY, WHAT)
    for file in files:
        _check_what_it_is(file)
    check_unchanged([file.path for file in files], known, WHAT)


def _check_what_it_is(file: GroupsFile) -> None:
    """Raises NotKnownError for what is no file or folder that can be hashed and read as a whole."""
    path = file.path
    if not is_folder(path, WHAT):
        good = is_plain(path)
    else:  # of another shape it may be any folder of the machine; columns lead to files outside of it
        known = xsafety.is_here(path) or polyrefuse.is_here(path)
        good = known and file.columns is None and all(map(is_plain_or_empty, _entries(path)))
    if not good:
        raise NotKnownError(NO_FILES, WHAT)


def _entries(folder: Path) -> Iterator[Path]:
    """All that is in a folder but folders; a link to a folder too, into which a hash does not look."""
    for place, names, others in os.walk(folder):
        yield from (path for name in names if (path := Path(place, name)).is_symlink())
        yield from (Path(place, name) for name in others)
