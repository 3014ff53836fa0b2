"""Which run a checkpoint is of that the run has kept: its ``run.yaml`` says how it was trained, and on what."""

from __future__ import annotations

import os.path
from pathlib import Path

CHECKPOINTS = "checkpoints"  # the folder's name, in a run directory


def training_of(model: Path) -> Path:
    """The run directory of a checkpoint in a run's ``checkpoints``; any other folder is itself.

    Example:
        >>> training_of(Path("Qwen/Qwen2.5-0.5B")).as_posix()
        'Qwen/Qwen2.5-0.5B'
    """
    folder = Path(os.path.abspath(model))  # ``.`` has a name, too
    run = folder.parent.parent
    # What is no path, as a name that is too long, is no file for these.
    is_kept = folder.parent.name == CHECKPOINTS and not os.path.isfile(folder / "run.yaml")
    return run if is_kept and os.path.isfile(run / "run.yaml") else model
