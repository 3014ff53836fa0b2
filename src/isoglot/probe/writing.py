"""Files of a probe: its numbers, and the page made of them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..files import write_json, write_text
from .page import render

NUMBERS, PAGE = "probe.json", "probe.html"


def write(record: Mapping[str, Any], folder: Path) -> Path:
    """Writes both, each whole, in place of those of an earlier probe; gives the page.

    Args:
        record: ``Probe.to_record()``, and ``model``: what the page calls it.
        folder: made if it is not there.

    Raises:
        OSError: where nothing can be written.
    """
    write_json(folder / NUMBERS, dict(record))
    write_text(folder / PAGE, render(record))
    return folder / PAGE
