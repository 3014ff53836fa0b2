"""Callbacks of the trainer: its log as JSON lines, and progress."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from transformers import TrainerCallback

from ..files import as_json, write_text
from ..progress import Show
from ..runs.json_file import json_object
from .checkpoints import seal

FILE_NAME = "log.jsonl"
LINES = 20  # that a run has at least, where it has as many steps


class LogFile(TrainerCallback):
    """Appends each log line of training to ``log.jsonl``; lines after the step resumed from are dropped first.

    Args:
        path: the file.
        often: whether a run so short that it would have few lines gets them more often.
    """

    def __init__(self, path: Path, *, often: bool = False) -> None:
        self.path, self.often = path, often
        self._before = _lines(path)

    def on_train_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:  # noqa: ARG002
        """Leaves in the file what the run that continues has behind it."""
        if self.often:
            state.logging_steps = max(1, min(state.logging_steps, state.max_steps // LINES))
        if state.is_world_process_zero:
            kept = [line for step, line in self._before if step <= state.global_step]
            write_text(self.path, "".join(line + "\n" for line in kept))

    def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:  # noqa: ARG002
        """The last step has a line of its own, whatever the interval."""
        if state.global_step >= state.max_steps and args.logging_strategy != "no":
            control.should_log = True

    def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **kwargs: Any) -> None:  # noqa: ARG002
        """Appends a line; the summary at the end, which is of this process's time only, is none."""
        if _is_line(state, logs):
            with open(self.path, "a", encoding="utf-8") as file:
                file.write(as_json({"step": state.global_step} | logs) + "\n")


class Progress(TrainerCallback):
    """Tells how many optimizer steps are done, and what the last log line said.

    Args:
        show: where it is shown.
        tell: also called with steps done and in all.
    """

    def __init__(self, show: Show, tell: Callable[[int, int], None] | None = None) -> None:
        self.show, self.tell = show, tell
        self._said = ""

    def on_train_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:  # noqa: ARG002
        """Where it begins: at 0, or where it was stopped."""
        self._told(state)

    def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:  # noqa: ARG002
        """After each optimizer step."""
        self._told(state)
        if control.should_save:
            self.show.note("writing a checkpoint")

    def on_train_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:  # noqa: ARG002
        """With the last log line, which comes after the last step."""
        self.show.advance(state.global_step, state.max_steps)

    def on_save(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:  # noqa: ARG002
        """After each checkpoint."""
        self.show.note(self._said)

    def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **kwargs: Any) -> None:  # noqa: ARG002
        """With the step that it is of: a loss is the mean since the line before."""
        if _is_line(state, logs):
            self._said = _words(state.global_step, logs)
            self.show.note(self._said)

    def _told(self, state: Any) -> None:
        if state.is_world_process_zero:
            if state.global_step < state.max_steps:
                self.show.advance(state.global_step, state.max_steps)
            if self.tell is not None:
                self.tell(state.global_step, state.max_steps)


def _is_line(state: Any, logs: Any) -> bool:
    return bool(state.is_world_process_zero and logs and "train_runtime" not in logs)


def _words(step: int, line: Mapping[str, Any]) -> str:
    """What of a log line is worth seeing while one waits."""
    shown = {"loss": "loss", "consistency/loss": "consistency"}
    words = [f"{name} {line[key]:.4f}" for key, name in shown.items() if isinstance(line.get(key), float)]
    if isinstance(share := line.get("consistency/token_share"), float):
        words.append(f"{share:.0%} of the tokens are the term's")
    return f"step {step}: {', '.join(words)}" if words else ""


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


def _lines(path: Path) -> list[tuple[float, str]]:
    """The lines of a log with their steps; what is none is left out, as half a line that a kill left."""
    found = []
    for line in path.read_bytes().splitlines() if path.exists() else []:
        with suppress(ValueError):
            step = json_object(line).get("step")
            if isinstance(step, (int, float)):
                found.append((float(step), line.decode()))
    return found
