"""Which checkpoint to go on from: the last one that is whole."""

from __future__ import annotations

import json
import re
import shutil
import zipfile
from pathlib import Path

_NAME = re.compile(r"checkpoint-(\d+)")


def checkpoints(folder: Path) -> list[Path]:
    """The checkpoints in a folder, whole or not, the latest first."""
    found = [(int(match[1]), path) for path in folder.glob("checkpoint-*") if (match := _NAME.fullmatch(path.name))]
    return [path for _, path in sorted(found, reverse=True)]


def last_whole_checkpoint(folder: Path) -> Path | None:
    """The latest checkpoint that training can go on from, or None."""
    return next((path for path in checkpoints(folder) if is_whole(path)), None)


def remove_after(folder: Path, kept: Path | None) -> None:
    """Removes the checkpoints later than ``kept`` (all, for None): what a kill left half-written."""
    for path in checkpoints(folder):
        if path == kept:
            return
        shutil.rmtree(path, ignore_errors=True)


def is_whole(checkpoint: Path) -> bool:
    """Whether everything is there that resuming needs.

    The trainer writes into the folder directly, and its state last. A state that parses thus says that the rest was
    written; a look at each file's frame also finds one cut short by a full or failing disk.
    """
    try:
        state = json.loads((checkpoint / "trainer_state.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    if not isinstance(state, dict) or "global_step" not in state:
        return False
    weights = list(checkpoint.glob("*.safetensors"))
    pickles = [checkpoint / "optimizer.pt", checkpoint / "scheduler.pt", *checkpoint.glob("rng_state*.pth")]
    # An engine that shards the optimizer has a folder in place of the file.
    sharded = any(path.is_dir() for path in checkpoint.iterdir())
    if not weights or (not sharded and (len(pickles) < 3 or not pickles[0].exists())):
        return False
    return all(map(_has_safetensors_frame, weights)) and all(zipfile.is_zipfile(p) for p in pickles if p.exists())


def _has_safetensors_frame(path: Path) -> bool:
    """Whether the file is as long as its header says."""
    try:
        with open(path, "rb") as file:
            length = int.from_bytes(file.read(8), "little")
            header = json.loads(file.read(length))
    except (OSError, ValueError):
        return False
    end = max((item["data_offsets"][1] for name, item in header.items() if name != "__metadata__"), default=0)
    return path.stat().st_size == 8 + length + end
