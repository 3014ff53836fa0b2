"""What is asked in the alignment data of a run, read again."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from ...alignment.prompts import asked_in
from .training_files import (
    MISTAKE,
    NO_FILES,
    UNREADABLE,
    NotKnownError,
    check_unchanged,
    is_folder,
    is_plain,
    reading,
    recorded_hash,
    settings_of,
)

KEY, WHAT = "data.preferences", "alignment data"


class TrainingRows(NamedTuple):
    """What a run was aligned on.

    Attributes:
        asked: what the user says in each row.
        files: the name of the file.
    """

    asked: list[str]
    files: list[str]


def training_rows(run: Path) -> TrainingRows | None:
    """What is asked in the alignment data of a run; None of what is no run directory, or names none.

    Raises:
        NotKnownError: where it cannot be read again, or may be another.
    """
    named = (settings_of(run) or {}).get("data", {}).get("preferences")
    if named is None:
        return None
    if not isinstance(named, str):
        raise NotKnownError(MISTAKE, WHAT)
    path = Path(named)
    with reading(WHAT):
        known = recorded_hash(run, KEY, WHAT)
        if is_folder(path, WHAT) or not is_plain(path):
            raise NotKnownError(NO_FILES, WHAT)
        check_unchanged([path], known, WHAT)
        asked = list(asked_in(path))
    if not asked:
        raise NotKnownError(UNREADABLE, WHAT)
    return TrainingRows(asked, [path.name])
