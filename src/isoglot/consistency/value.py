"""The term's value, from states and nothing else: objective and guards put together."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from .. import representation as rep
from ..errors import ConfigError, IsoglotError, problem, raised_in
from ..objectives import BETWEEN_PROMPTS, find_objective
from .draw import Draw, Portion, by_group, group_means
from .guards import crowding, drift
from .memory import Memory
from .settings import Consistency


class TermValue:
    """The value of the term for some groups, without its weight.

    Args:
        settings: of the term.
        memory: what is remembered from before training, and the space that states are compared in.
        extractor: the linear module, or None.
    """

    def __init__(self, settings: Consistency, memory: Memory, extractor: nn.Linear | None) -> None:
        self._settings, self._memory, self._extractor = settings, memory, extractor
        self._objective = find_objective(settings.objective)
        self._taken = inspect.signature(self._objective).parameters
        self._warned_detached = False

    def __call__(self, states: Tensor, portion: Portion) -> tuple[Tensor, dict[str, Tensor]]:
        """The term, and each of its parts by itself for the log.

        Args:
            states: of the portion's cells, (layers, cells, hidden size), float32 or wider.
            portion: whose they are.

        Returns:
            A scalar; and by name ``loss`` (the objective), ``retention`` (the drift), ``separation`` (the crowding).
        """
        settings, (drawn, guarded) = self._settings, portion
        compared, kept = states.split([len(drawn.cells), len(guarded.cells)], dim=1)
        total = states.new_zeros(())
        found: dict[str, Tensor] = {}
        if drawn.groups:
            value = self._compare(*by_group(compared, drawn), drawn)
            total = total + value.sum() * drawn.share
            found["loss"] = value.mean()
        if guarded.groups:
            before = self._memory.at(guarded.cells, kept)
            moved = group_means(drift(kept, before, self._guard_space), guarded)
            total = total + settings.retention * moved.sum() * guarded.share
            found["retention"] = moved.mean()
        if settings.separation:
            nearer = self._crowding([(compared, drawn), (kept, apart_from(drawn, guarded))])
            total = total + settings.separation * nearer
            found["separation"] = nearer
        return total, found

    def _compare(self, raw: Tensor, mask: Tensor, drawn: Draw) -> Tensor:
        """The objective of each group drawn, (groups,), from (layers, groups, languages, hidden)."""
        z = self.extracted(self._memory.compared(raw, drawn))
        if z is not raw and not bool(torch.isfinite(z).all()):  # an objective refuses these; here the value shows it
            return z.sum((0, 2, 3)) * torch.nan
        return self._value(z, drawn, mask)

    def extracted(self, states: Tensor) -> Tensor:
        """(layers, groups, languages, hidden) -> (parts, groups, languages, dim): one part with an extractor."""
        if self._extractor is None:
            return states
        side_by_side = states.permute(1, 2, 0, 3).flatten(2)
        made: Tensor = self._extractor(side_by_side.to(self._extractor.weight.dtype)).unsqueeze(0)
        return made

    def _value(self, z: Tensor, drawn: Draw, mask: Tensor) -> Tensor:
        """The objective of each group, (groups,), averaged over the parts of z."""
        settings = self._settings
        options: dict[str, Any] = {"mask": mask}
        if any(group.weights for group in drawn.groups):
            options["weights"] = z.new_tensor(
                [[group.weights.get(tag, 1.0) for tag in drawn.languages] for group in drawn.groups]
            )
        # Its signature says what an objective takes beyond these.
        offered: dict[str, Any] = {"temperature": settings.temperature, "scaling": settings.scaling}
        offered["pivot"] = pivot = drawn.languages.index(drawn.groups[0].pivot)
        if settings.hold_pivot:
            held = torch.arange(z.size(2), device=z.device) == pivot
            z = torch.where(held.unsqueeze(-1), z.detach(), z)
        options |= {name: value for name, value in offered.items() if name in self._taken}
        name, count = getattr(self._objective, "__name__", "objective"), len(drawn.groups)
        try:
            values = [self._objective(part, **options) for part in z]
        except IsoglotError:
            raise
        except Exception as error:  # of an objective that someone else wrote
            got = raised_in(error, getattr(self._objective, "__module__", None) or "")
            raise ConfigError(problem(f"objective {name}", "a value for each group", got, "Correct it")) from error
        for value in values:
            fine = isinstance(value, Tensor) and value.is_floating_point() and value.shape == (count,)
            if not fine:
                got = f"{value.dtype} {tuple(value.shape)}" if isinstance(value, Tensor) else type(value).__name__
                raise ConfigError(problem(f"objective {name}", f"one float per group, ({count},)", got))
        if z.requires_grad and not any(value.requires_grad for value in values) and not self._warned_detached:
            self._warned_detached = True
            warnings.warn(f"objective {name}: its value has no gradient, so that it changes nothing.")
        return torch.stack(values).mean(0)

    def _crowding(self, parts: Sequence[tuple[Tensor, Draw]]) -> Tensor:
        """How much nearer the prompts of this turn have come to each other, from their states by cell."""
        there = [(states, part) for states, part in parts if part.groups]
        now = [self.directions(states, part) for states, part in there]
        before = [self.directions(self._memory.at(part.cells, states), part) for states, part in there]
        return crowding(torch.cat(now, dim=1), torch.cat(before, dim=1))

    def directions(self, states: Tensor, drawn: Draw) -> Tensor:
        """Directions of prompts as guards see them, (layers, groups, hidden), from states by cell."""
        layers, mask = by_group(self._memory.seen(states), drawn)
        return torch.stack([rep.directions(layer, mask) for layer in layers])

    @property
    def _guard_space(self) -> rep.Space | None:
        """Where the retention guard looks."""
        return self._memory.space if self._settings.space != "raw" else None


def compares_prompts(settings: Consistency) -> bool:
    """Whether the term compares different prompts with each other."""
    return bool(settings.separation) or find_objective(settings.objective) in BETWEEN_PROMPTS


def apart_from(drawn: Draw, guarded: Draw) -> Draw:
    """The guarded prompts, or none if one of them is compared too: next to itself it would look like a collapse."""
    shared = {group.id for group in guarded.groups} & {group.id for group in drawn.groups}
    return guarded._replace(groups=[]) if shared else guarded
