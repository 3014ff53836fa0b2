"""Which checkpoint to go on from: the last one that is whole, and of this run."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from pathlib import Path
from typing import Any

from ..files import write_json

SEAL = "isoglot.json"  # of which run a checkpoint is, and what is in its files; written last
UNFINISHED = "it was not written to its end"
_NAME = re.compile(r"checkpoint-(\d+)")
_BLOCK, _BLOCKS = 1 << 16, 64  # bytes of a file that are looked at together, and how often


def checkpoints(folder: Path) -> list[Path]:
    """The checkpoints in a folder, whole or not, the latest first."""
    found = [(int(match[1]), path) for path in folder.glob("checkpoint-*") if (match := _NAME.fullmatch(path.name))]
    return [path for _, path in sorted(found, reverse=True)]


def last_whole_checkpoint(folder: Path, run: str | None = None) -> Path | None:
    """The latest checkpoint that training can go on from, or None.

    Args:
        folder: of the checkpoints.
        run: whose they must be, as :func:`seal` wrote it; None: anyone's.
    """
    return next((path for path in checkpoints(folder) if not fault(path, run)), None)


def remove_after(folder: Path, kept: Path | None) -> None:
    """Removes the checkpoints later than ``kept`` (all, for None): what a kill left half-written."""
    for path in checkpoints(folder):
        if path == kept:
            return
        shutil.rmtree(path, ignore_errors=True)


def seal(checkpoint: Path, run: str) -> None:
    """Writes down what a finished checkpoint holds, and whose it is.

    Args:
        checkpoint: its folder.
        run: what identifies the run: a hash of settings and inputs.
    """
    files = [path for path in sorted(checkpoint.rglob("*")) if path.is_file() and path.name != SEAL]
    write_json(checkpoint / SEAL, {"run": run, "files": {str(p.relative_to(checkpoint)): _sampled(p) for p in files}})


def fault(checkpoint: Path, run: str | None = None) -> str:
    """Why training cannot go on from a checkpoint; empty if it can.

    The seal is written when everything else has been. A file that is shorter than it was, or of the same length with
    other content (a power loss leaves zeros), is found by a hash of blocks spread over it.
    """
    try:
        sealed: Any = json.loads((checkpoint / SEAL).read_text(encoding="utf-8"))
        of, files = sealed["run"], dict(sealed["files"])
    except (OSError, ValueError, TypeError, KeyError):
        return UNFINISHED
    if run is not None and of != run:
        return "it is of another run"
    for name, expected in files.items():
        path = checkpoint / name
        if not path.is_file():
            return f"{name} is not there"
        if _sampled(path) != expected:
            return f"{name} is not as it was written"
    return ""


def _sampled(path: Path) -> str:
    """A hash of a file's length and of blocks from its beginning to its end; of a small file, of all of it."""
    size = path.stat().st_size
    found = hashlib.sha256(str(size).encode())
    with open(path, "rb") as stream:
        if size <= _BLOCK * _BLOCKS:
            found.update(stream.read())
        else:
            for place in range(_BLOCKS):
                stream.seek(place * (size - _BLOCK) // (_BLOCKS - 1))
                found.update(stream.read(_BLOCK))
    return found.hexdigest()[:16]
