"""Files of a probe: its numbers, and the page made of them."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ..files import folder_made, write_json, write_text
from .page import render

NUMBERS, PAGE = "probe.json", "probe.html"


@contextmanager
def place(folder: Path) -> Iterator[None]:
    """The folder is there and can be written, which is known before a model is run for minutes; none is left empty.

    Raises:
        OSError: where it cannot.
    """
    with folder_made(folder):
        if not os.access(folder, os.W_OK | os.X_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(folder))
        yield


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
