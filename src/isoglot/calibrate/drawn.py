"""Whether filled sheets that lie elsewhere, where a browser saved them, are of the sample drawn from an evaluation."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from ..errors import IsoglotError
from .design import LABELS, SHEET, Design, read_design
from .labels import read_sheets


def drawn_there(evaluation: Path, ids: Collection[str]) -> tuple[Design | None, Path]:
    """The design in an evaluation's folder ``labels``, and that folder; None if some of these responses are not of it.

    It is asked where no ``labels.json`` lies next to the sheets.

    Args:
        evaluation: its folder.
        ids: of the responses in the sheets.

    Raises:
        RunError, DataError: for a ``labels.json`` that holds something else.
    """
    folder = evaluation / LABELS
    design = read_design(folder) if (folder / SHEET).is_file() else None
    try:
        own = read_sheets([folder / SHEET]) if design is not None else None
    except IsoglotError:  # somebody is filling it, or has saved it in another form: nothing is known then
        own = None
    if own is None or not set(ids) <= {label.id for label in own.labels} | own.empty_ids:
        return None, folder
    return design, folder
