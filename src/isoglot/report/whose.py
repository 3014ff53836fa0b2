"""Whose runs a page shows, so that a page of other runs is not written over by accident."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from pathlib import Path

from ..errors import RunError, problem
from ..runs.evaluations import run_of

META = "isoglot-runs"  # name of the page's field
_LOOKED_AT = 1 << 16  # characters of a page; the field stands before its styles
_FIELD = re.compile(rf'<meta name="{META}" content="([0-9a-f]+)">')


def whose(folders: Iterable[Path]) -> str:
    """A short hash of where runs lie, in whatever order; an evaluation's folder stands for its run."""
    runs = sorted({str(run_of(folder).resolve()) for folder in folders})
    return hashlib.sha256("\n".join(runs).encode(errors="surrogatepass")).hexdigest()[:16]


def refuse_page_of_others(page: Path, folders: Iterable[Path]) -> None:
    """Refuses to write over anything but a page of the same runs.

    Raises:
        RunError: where something else is.
    """
    if not page.is_file():
        return
    with open(page, encoding="utf-8", errors="replace") as file:
        found = _FIELD.search(file.read(_LOOKED_AT))
    if found is None or found[1] != whose(folders):
        got = "another file" if found is None else "the page of other runs"
        step = "Choose another with --output, or write over it with --force"
        raise RunError(problem(str(page), "nothing there, or a page of these runs", got, step))
