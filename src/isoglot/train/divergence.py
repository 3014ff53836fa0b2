"""Stops a run that diverges, at the step where it does, before a checkpoint or a model is written of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from transformers import TrainerCallback

from ..consistency.distributed import Processes
from ..errors import RunError, problem
from ..models.finite import not_finite_weight
from .checkpoints import last_whole_checkpoint

_ADVICE = "Lower trainer.learning_rate or look at the data, and begin anew"


class StopsWhatDiverges(TrainerCallback):
    """Looks at the loss of every step, and at the weights before they are written.

    Args:
        checkpoints: folder of the run's checkpoints, the last good one of which is named.
    """

    def __init__(self, checkpoints: Path) -> None:
        self._checkpoints = checkpoints

    def watch(self, trainer: Any) -> None:
        """Has the trainer's loss looked at in each micro-step, on the instance."""
        step = trainer.training_step

        def watched(*args: Any, **kwargs: Any) -> Any:
            loss = step(*args, **kwargs)
            if not bool(torch.isfinite(loss).all()):
                raise self._diverged(trainer.state.global_step + 1, "a finite loss", str(float(loss)))
            return loss

        trainer.training_step = watched

    def check(self, model: Any, step: int) -> None:
        """Looks at the weights that are trained; every process must call it.

        Raises:
            RunError: naming the first weight that is not finite.
        """
        bad = not_finite_weight(model, trained=True)
        if Processes.of_run().most(int(bad is not None), next(model.parameters()).device):
            got = "infinity or not a number" + (f" in {bad}" if bad else " on another process")
            raise self._diverged(step, "finite weights", got)

    def on_step_end(self, args: Any, state: Any, control: Any, model: Any = None, **kwargs: Any) -> None:  # noqa: ARG002
        """Before a checkpoint."""
        if control.should_save:
            self.check(model, state.global_step)

    on_epoch_end = on_step_end  # where checkpoints are those of epochs

    def _diverged(self, step: int, expected: str, got: str) -> RunError:
        last = last_whole_checkpoint(self._checkpoints)
        kept = f"The last good checkpoint is {last}" if last else "No checkpoint was written"
        return RunError(problem(f"training, step {step}", expected, got, f"{_ADVICE}. {kept}"))
