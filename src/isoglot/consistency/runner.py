"""States of the term's prompts: planned into passes, the same number on every process."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from .. import representation as rep
from ..models.decoder import hidden_size
from .distributed import Processes
from .prompts import TermPrompts
from .settings import Consistency


class PromptRunner:
    """Runs prompts through a model up to the term's layers.

    Args:
        model: whose hidden size the states have.
        settings: of the term.
        prompts: the term's, for padding and for a prompt to fill up with.
        layers: decoder layers counted from 1.
    """

    def __init__(self, model: Any, settings: Consistency, prompts: TermPrompts, layers: Sequence[int]) -> None:
        self._settings, self._prompts, self._layers = settings, prompts, layers
        self._hidden_size = hidden_size(model)

    def states(self, model: Any, prompts: Sequence[Sequence[int]], processes: Processes | None = None) -> Tensor:
        """Last-token states of prompts, in one graph.

        Args:
            model: to run, wrapped or not.
            prompts: token ids.
            processes: those that take part: all of them make the same number of passes, since engines may gather
                parameters in each. None: this one alone.

        Returns:
            (layers, prompts, hidden size), float32 or wider.
        """
        passes = self._planned(model, prompts) if prompts else []
        if processes is not None and processes.several:
            passes = self.as_many(model, passes, processes)
        if not passes:
            return self.no_states(model)
        states = rep.pass_states(model, passes, self._layers, gradient_layers=self._settings.gradient_layers)
        return states if states.dtype == torch.float64 else states.float()

    def _planned(self, model: Any, prompts: Sequence[Sequence[int]]) -> list[rep.PromptPass]:
        most, behind = self._settings.tokens_per_pass, self._prompts.behind
        return rep.plan_passes(model, prompts, pad=self._prompts.pad, most=most, behind=behind)

    def as_many(
        self, model: Any, passes: Sequence[rep.PromptPass], processes: Processes, *, least: int = 0
    ) -> list[rep.PromptPass]:
        """The passes, filled up with passes of which nothing is taken until all processes have the same number.

        Args:
            model: that will run them.
            passes: of this process.
            processes: all that do.
            least: how many there are to be at least.
        """
        count = processes.most(max(least, len(passes)), next(model.parameters()).device)
        if count == len(passes):
            return list(passes)
        (spare,) = self._planned(model, [self._prompts.encode(self._prompts.any_cell)])
        return [*passes, *[spare.without_prompts()] * (count - len(passes))]

    def no_states(self, model: Any) -> Tensor:
        """The states of no prompts, (layers, 0, hidden size)."""
        parameter = next(model.parameters())
        dtype = torch.promote_types(parameter.dtype, torch.float32)
        return torch.zeros(len(self._layers), 0, self._hidden_size, device=parameter.device, dtype=dtype)
