"""What the log watches of the term: how alike states are, and whether a run collapses."""

from __future__ import annotations

import warnings
from collections.abc import Mapping

import torch
from torch import Tensor, nn

from .. import representation as rep
from .collapse import CollapseWatch
from .draw import Portion, by_group
from .memory import Memory
from .settings import Consistency
from .value import TermValue, apart_from


class Monitor:
    """Metrics of a turn next to the value, and the warnings that follow from them.

    Args:
        settings: of the term.
        memory: what is remembered from before training.
        extractor: the linear module, or None.
        value: the term's.
        between: whether different prompts are compared.
    """

    def __init__(
        self, settings: Consistency, memory: Memory, extractor: nn.Linear | None, value: TermValue, *, between: bool
    ) -> None:
        self._settings, self._memory, self._extractor, self._value = settings, memory, extractor, value
        self._between = between
        self._watch, self._warned_alone = CollapseWatch(), False

    def __call__(self, states: Tensor, portion: Portion) -> dict[str, float]:
        """How alike states are, by name; of several layers the first.

        Args:
            states: of the portion's cells, (layers, cells, hidden size).
            portion: whose they are.
        """
        drawn, guarded = portion
        if not drawn.groups:
            return {}
        others = apart_from(drawn, guarded)
        compared, kept = states.split([len(drawn.cells), len(guarded.cells)], dim=1)
        raw, mask = by_group(compared, drawn)
        placed = self._memory.compared(raw, drawn)
        alike = self._settings.center in (False, True)  # the objective sees what guards and monitors see
        first = placed[0] if alike else self._memory.seen(raw)[0]
        z = first if self._extractor is None and alike else self._value.extracted(placed)[0]
        pointing = {"between_cosine": rep.directions(first, mask)}
        if others.groups:
            pointing["between_cosine"] = torch.cat(
                [pointing["between_cosine"], self._value.directions(kept, others)[0]]
            )
        if self._extractor is not None:
            pointing["between_cosine_projected"] = rep.directions(z, mask)
        pointing = self._watch.compared_with_the_last(pointing, [group.id for group in drawn.groups])
        metrics = rep.monitor(z, first, mask, between=pointing)
        if self._extractor is not None and self._extractor.bias is not None:
            metrics["extractor_bias_ratio"] = rep.bias_ratio(self._extractor, z[mask])
        return metrics

    def say_if_alone(self, portion: Portion) -> None:
        """Warns, once, where something compares different prompts and there is only one."""
        drawn, guarded = portion
        guarded_alone = len(apart_from(drawn, guarded).groups) if self._settings.separation else 0
        if self._between and len(drawn.groups) + guarded_alone < 2 and not self._warned_alone:
            self._warned_alone = True
            step = "Raise consistency.groups_per_step to at least two for each micro-step"
            warnings.warn(f"consistency: different prompts are to be compared, and there is one only. {step}.")

    def look(self, metrics: Mapping[str, float], step: int) -> None:
        """Warns, once, of a run that collapses."""
        self._watch.look(metrics, step)

    def state_dict(self) -> dict[str, Tensor]:
        """What a checkpoint must keep."""
        return self._watch.state_dict()

    def load_state_dict(self, state: Mapping[str, Tensor]) -> None:
        """Takes back what :meth:`state_dict` gave."""
        self._watch.load_state_dict(state)
