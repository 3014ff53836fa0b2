"""A trainer whose own loop never calls ``training_step`` would train without the term, and say nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from ..errors import ModelError, problem


class Bypassed:
    """Ends a training at its first optimizer step if the term's hook has never been called.

    Args:
        trainer: that the term is attached to.
        called: whether its hook has been.
    """

    def __init__(self, trainer: Any, called: Callable[[], bool]) -> None:
        self._trainer, self._called = trainer, called
        self._handles: list[Any] = []

    def watch(self, optimizer: Any) -> None:
        """Looks at the steps of an optimizer, accelerate's wrapper or not; of what is none of torch's it does not."""
        while not _hooked(optimizer) and hasattr(optimizer, "optimizer"):
            optimizer = optimizer.optimizer
        if _hooked(optimizer):
            self._handles.append(optimizer.register_step_pre_hook(lambda *_: self._check()))

    def remove(self) -> None:
        """Leaves the optimizers alone."""
        while self._handles:
            self._handles.pop().remove()

    def _check(self) -> None:
        if not self._called():
            got = f"{type(self._trainer).__name__}, whose own loop does not call it: the term would never be applied"
            step = "In that loop use Attachment.for_model(model, tokenizer, consistency, groups)"
            raise ModelError(problem("trainer", "one that trains by its training_step", got, step))


def _hooked(optimizer: Any) -> bool:
    """Whether it was made as torch's are; accelerate's wrapper is a subclass too, and was not."""
    return isinstance(optimizer, torch.optim.Optimizer) and "_optimizer_step_pre_hooks" in vars(optimizer)
