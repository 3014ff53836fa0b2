"""The retention guard: harmless prompts keep the representations that they had before training."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from ..errors import RunError, problem
from ..groups import PromptGroup

Cell = tuple[PromptGroup, str]
_AT_A_TIME = 64  # cells per reference pass


class Retention:
    """Where harmless prompts were, and how far they have gone since.

    Args:
        groups: the harmless groups.
    """

    def __init__(self, groups: Sequence[PromptGroup]) -> None:
        self.groups = list(groups)
        self._cells: list[Cell] = [(group, tag) for group in self.groups for tag in group.prompts]
        self._place = {(group.id, tag): place for place, (group, tag) in enumerate(self._cells)}
        self._reference: Tensor | None = None  # (layers, cells, hidden), on the CPU

    def remember(self, model: Any, states: Callable[[Sequence[Cell]], Tensor]) -> None:
        """Takes the present states, without dropout, as the reference.

        Args:
            model: the model, put into evaluation mode meanwhile.
            states: cells -> (layers, cells, hidden size).
        """
        training = model.training
        model.eval()
        try:
            with torch.no_grad():
                parts = [
                    states(self._cells[start : start + _AT_A_TIME]).cpu()
                    for start in range(0, len(self._cells), _AT_A_TIME)
                ]
        finally:
            model.train(training)
        self._reference = torch.cat(parts, dim=1)

    def drift(self, states: Tensor, cells: Sequence[Cell]) -> Tensor:
        """Mean squared distance from the reference, relative to the reference's squared length.

        Args:
            states: (layers, cells, hidden size), now.
            cells: whose they are.

        Raises:
            RunError: if nothing has been remembered.
        """
        if self._reference is None:
            raise RunError(problem("retention", "remembered states", "none", "Call remember(model) before training"))
        places = [self._place[group.id, tag] for group, tag in cells]
        before = self._reference[:, places].to(states)
        return ((states - before).square().sum(-1) / before.square().sum(-1)).mean()

    def state_dict(self) -> dict[str, Tensor]:
        """The reference and a fingerprint of the cells it is of."""
        if self._reference is None:
            return {}
        return {"retention.reference": self._reference, "retention.cells": self._fingerprint()}

    def load_state_dict(self, state: Mapping[str, Tensor]) -> None:
        """Takes back what :meth:`state_dict` gave.

        Raises:
            RunError: if it is of other prompts.
        """
        if "retention.reference" not in state:
            return
        if not torch.equal(state["retention.cells"].cpu(), self._fingerprint()):
            step = "Resume with the prompt groups that the run began with"
            raise RunError(problem("retention", "the reference of these harmless prompts", "that of others", step))
        self._reference = state["retention.reference"].cpu()

    def _fingerprint(self) -> Tensor:
        text = repr([(group.id, tag, group.prompts[tag]) for group, tag in self._cells])
        return torch.frombuffer(bytearray(hashlib.sha256(text.encode()).digest()), dtype=torch.uint8)
