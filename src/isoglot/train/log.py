"""Callbacks of the trainer: its log as JSON lines, and progress."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from transformers import TrainerCallback

from ..files import as_json, without_nan, write_text
from .checkpoints import seal

FILE_NAME = "log.jsonl"


class LogFile(TrainerCallback):
    """Appends each log line of training to ``log.jsonl``; lines after the step resumed from are dropped first.

    Args:
        path: the file.
        watch: also called with each line.
    """

    def __init__(self, path: Path, watch: Callable[[dict[str, Any]], None] | None = None) -> None:
        self.path, self.watch = path, watch

    def on_train_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:  # noqa: ARG002
        """Leaves in the file what the run that continues has behind it."""
        if state.is_world_process_zero:
            lines = self.path.read_text(encoding="utf-8").splitlines() if self.path.exists() else []
            kept = [line for line in lines if _step(line) <= state.global_step]
            write_text(self.path, "".join(line + "\n" for line in kept))

    def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **kwargs: Any) -> None:  # noqa: ARG002
        """Appends a line; the summary at the end, which is of this process's time only, is none."""
        if not state.is_world_process_zero or not logs or "train_runtime" in logs:
            return
        line = without_nan({"step": state.global_step} | logs)
        with open(self.path, "a", encoding="utf-8") as file:
            file.write(as_json(line) + "\n")
        if self.watch is not None:
            self.watch(line)


class Progress(TrainerCallback):
    """Tells how many optimizer steps are done."""

    def __init__(self, tell: Callable[[int, int], None]) -> None:
        self.tell = tell

    def on_train_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:  # noqa: ARG002
        """Where it begins: at 0, or where it was stopped."""
        self._told(state)

    def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:  # noqa: ARG002
        """After each optimizer step."""
        self._told(state)

    def _told(self, state: Any) -> None:
        if state.is_world_process_zero:
            self.tell(state.global_step, state.max_steps)


class SealsCheckpoints(TrainerCallback):
    """Removes the trainer's pickled arguments from each checkpoint (``run.yaml`` says them), and seals it.

    Args:
        run: what identifies the run.
    """

    def __init__(self, run: str) -> None:
        self.run = run
        self.trainer: Any = None  # set when there is one

    def on_save(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:  # noqa: ARG002
        """After each checkpoint, once all processes have written their part."""
        args.distributed_state.wait_for_everyone()
        if state.is_world_process_zero:
            checkpoint = Path(args.output_dir) / f"checkpoint-{state.global_step}"
            (checkpoint / "training_args.bin").unlink(missing_ok=True)
            seal(checkpoint, self.run, tokens=getattr(self.trainer, "_total_train_tokens", None))


def _step(line: str) -> float:
    try:
        made: float = json.loads(line)["step"]
        return made
    except (ValueError, KeyError, TypeError):  # half a line, left by a kill
        return float("inf")
