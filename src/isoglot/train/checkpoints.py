"""Which checkpoint to go on from: the last one that is whole, and of this run."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..files import sampled_hash, write_json
from ..runs.json_file import readable_object

SEAL = "isoglot.json"  # of which run a checkpoint is, and what is in its files; written last
UNFINISHED = "it was not written to its end"
ASIDE = "aside-"  # before the name of a checkpoint that is not gone on from
_NAME = re.compile(r"checkpoint-(\d+)")


def checkpoints(folder: Path) -> list[Path]:
    """The checkpoints in a folder, whole or not, the latest first."""
    found = [(int(match[1]), path) for path in folder.glob("checkpoint-*") if (match := _NAME.fullmatch(path.name))]
    return [path for _, path in sorted(found, reverse=True)]


def look(folder: Path, run: str | None = None) -> tuple[Path | None, dict[Path, str]]:
    """The latest checkpoint that training can go on from, or None; and each later one with its fault.

    Args:
        folder: of the checkpoints.
        run: whose they must be, as :func:`seal` wrote it; None: anyone's.
    """
    passed_over: dict[Path, str] = {}
    for path in checkpoints(folder):
        why = fault(path, run)
        if not why:
            return path, passed_over
        passed_over[path] = why
    return None, passed_over


def last_whole_checkpoint(folder: Path) -> Path | None:
    """The latest checkpoint that training can go on from, whosever it is, or None."""
    return look(folder)[0]


def clear_away(passed_over: Mapping[Path, str]) -> None:
    """Removes what a kill left half-written; what is whole but of no use is set aside, into the run directory.

    Args:
        passed_over: checkpoints with their faults, of :func:`look`.
    """
    for path, why in passed_over.items():
        if why == UNFINISHED:
            shutil.rmtree(path, ignore_errors=True)
        else:
            aside = path.parent.parent / f"{ASIDE}{path.name}"
            shutil.rmtree(aside, ignore_errors=True)
            path.rename(aside)


def seal(checkpoint: Path, run: str, *, tokens: int | None = None) -> None:
    """Writes down what a finished checkpoint holds, and whose it is.

    Args:
        checkpoint: its folder.
        run: what identifies the run: a hash of settings and inputs.
        tokens: how many were trained on so far, where the trainer counts them.
    """
    files = [path for path in sorted(checkpoint.rglob("*")) if path.is_file() and path.name != SEAL]
    hashes = {str(path.relative_to(checkpoint)): sampled_hash(path) for path in files}
    write_json(checkpoint / SEAL, {"run": run, "tokens": tokens, "files": hashes})


def fault(checkpoint: Path, run: str | None = None) -> str:
    """Why training cannot go on from a checkpoint; empty if it can.

    The seal is written when everything else has been. A file that is shorter than it was, or of the same length with
    other content (a power loss leaves zeros), is found by a hash of blocks spread over it.
    """
    sealed = _sealed(checkpoint)
    if sealed is None:
        written = (checkpoint / "trainer_state.json").is_file() and any(checkpoint.glob("*.safetensors"))
        return f"it has no {SEAL}" if written else UNFINISHED
    of, files = sealed["run"], sealed["files"]
    if run is not None and of != run:
        return "it is of another run"
    for name, expected in files.items():
        path = checkpoint / name
        if not os.path.isfile(path):  # which no name makes fail
            return f"{name} is not there"
        if sampled_hash(path) != expected:
            return f"{name} is not as it was written"
    # An engine that shards the optimizer has a folder in place of the file.
    if "optimizer.pt" not in files and not any("/" in name for name in files):
        return "it has no optimizer's state, so that nothing can go on from it"
    return ""


def tokens_of(checkpoint: Path) -> int | None:
    """How many tokens had been trained on; None where that was not counted."""
    found = (_sealed(checkpoint) or {}).get("tokens")
    return found if isinstance(found, int) else None


def _sealed(checkpoint: Path) -> dict[str, Any] | None:
    found = readable_object(checkpoint / SEAL)
    return found if isinstance(found.get("files"), dict) and "run" in found else None
