"""The calibration of the judge that a run's numbers are of."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..errors import IsoglotError
from ..runs.calibration import Calibration, find_calibration, folders_of
from .files import Reader


def calibration_of(reader: Reader, protocol: Mapping[str, Any], given: Path | None) -> Calibration | None:
    """The calibration of the judge that the numbers are of; one that may not be used becomes a note.

    Args:
        reader: of the evaluation's folder.
        protocol: of the evaluation.
        given: the file to take; None: the first that is found.

    Raises:
        MissingFileError, RunError, DataError: if the given one is not there, or holds something else.
    """
    judge, version = (str(protocol.get(name) or "") for name in ("judge", "judge_version"))
    if not judge:
        return None
    try:
        found = find_calibration(judge, version, folders_of(reader.folder), given)
    except IsoglotError as error:
        if given is not None:
            raise
        reader.note("calibration", f"cannot be used: {error}")
        return None
    if found.why_not:
        reader.note("calibration", f"is not used: {found.why_not}")
    return found.calibration
