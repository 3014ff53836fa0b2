"""Gradients that are not finite: looked for before the optimizer sees them."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from ..consistency.distributed import Processes
from ..consistency.guards import ADVICE, gradients_are_finite, not_finite
from ..consistency.term import ConsistencyTerm
from ..errors import problem
from ..groups.sampling import Turn


class Watch:
    """Looks at what the layers up to the chosen one have gathered in a step.

    Args:
        term: whose layers and extractor, and whose settings say what to do.
    """

    def __init__(self, term: ConsistencyTerm) -> None:
        self._term, self._told = term, False

    def check(self, turn: Turn, model: Any) -> bool:
        """Whether all is finite, on all processes, each of which must call it.

        If not, and settings say ``skip``, the step is emptied of all it has gathered.

        Raises:
            RunError: if not, and settings say ``stop``.
        """
        broken = not gradients_are_finite(model, max(self._term.layers))
        # All do the same, or the others would wait.
        if not Processes(turn).most(int(broken), next(model.parameters()).device):
            return True
        if self._term.consistency.on_nonfinite == "stop":
            raise not_finite(f"gradients, step {turn.step}")
        for parameter in (*model.parameters(), *self._term.extractor_parameters):
            parameter.grad = None
        self.say_skipped(turn.step, "what the step has gathered so far, the trainer's own part too,")
        return False

    def look_after(self, value: Tensor, turn: Turn, model: Any) -> None:
        """Has gradients looked at when the backward pass of a step's value has ended, once it is run."""
        if not value.requires_grad or (turn.world_size > 1 and self._term.consistency.on_nonfinite != "stop"):
            return
        # Only this process looks: others may have nothing to go back through, and would not be met.
        alone = Turn(turn.step)
        value.register_hook(lambda given: None if given > 1 else at_the_end(lambda: self.check(alone, model)))

    def say_skipped(self, step: int, what: str) -> None:
        """Says, the first time, that something is left out of a step for not being finite."""
        if not self._told:
            self._told = True
            got = f"others: {what} is left out of the step"
            warnings.warn(problem(f"consistency, step {step}", "finite values", got, ADVICE), stacklevel=3)


def at_the_end(call: Callable[[], Any]) -> None:
    """Has something called when the backward pass that is under way has filled in all gradients."""
    torch.autograd.Variable._execution_engine.queue_callback(call)
