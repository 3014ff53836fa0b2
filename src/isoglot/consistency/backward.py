"""The term back-propagated a chunk at a time, so that little is held at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from .. import representation as rep
from ..groups.sampling import Turn
from .distributed import Processes, inside_ddp, reshard
from .draw import Portion
from .guards import not_finite
from .memory import Cell
from .term import ConsistencyTerm


class TermBackward:
    """One turn's forward and backward passes on one process.

    A chunk is as many whole groups as fit into ``consistency.tokens_per_pass``. What compares different prompts needs
    the states of all of them first: where these do not fit, as where one group does not, states are computed without
    gradients and once more on the way back.

    Args:
        term: whose.
        model: the model to run, wrapped or not.
        turn: which draw.
        scale: what the term is multiplied by; 0 measures only.
        backward: called with each scalar to back-propagate, and whether it is the last of the turn.
        lockstep: whether all processes must make as many forward and backward passes in the same order, as engines must
            that gather parameters for each. Processes with less to do then make passes of which nothing is taken.
    """

    def __init__(
        self,
        term: ConsistencyTerm,
        model: Any,
        turn: Turn,
        *,
        scale: float,
        backward: rep.Backward,
        lockstep: bool = False,
    ) -> None:
        self.term, self.model, self.turn = term, inside_ddp(model), turn
        self.scale, self.propagate, self.lockstep = scale, backward, lockstep
        self.settings, self.processes = term.consistency, Processes(turn)
        self.mine = term.prompts.portion(turn)
        self.device = next(model.parameters()).device

    def __call__(self) -> dict[str, float]:
        """Runs it.

        Returns:
            The metrics of the turn, as ``ConsistencyTerm.measure`` gives them; with ``on_nonfinite: skip`` also
            ``skipped``, the share of chunks that were left out.

        Raises:
            RunError: for values that are not finite, before they reach a parameter, unless settings say ``skip``.
        """
        chunks = self._chunks()
        seen, skipped = [], 0
        for number, chunk in enumerate(chunks):
            states, fine = self._chunk(chunk, last=number == len(chunks) - 1)
            seen.append(states)
            skipped += not fine
        if skipped or self.scale == 0:
            reshard(self.model)
        report = {"skipped": skipped / max(1, len(chunks))} if self.settings.on_nonfinite == "skip" else {}
        if skipped:
            return report
        states = torch.cat(seen, dim=1) if seen else self.term.runner.no_states(self.model)
        return report | self.term.measure(states, self.mine, self.turn, self.processes)

    def _chunk(self, chunk: Portion, *, last: bool) -> tuple[Tensor, bool]:
        """Forward and backward of one chunk: its states, without a graph, and whether all was finite."""
        passes, once = self._passes(chunk)
        into = self.settings.gradient_layers
        held = rep.PromptStates(
            self.model, passes, self.term.layers, once=once, gradient_layers=into, row_gradients=not self.lockstep
        )
        with torch.set_grad_enabled(self.scale > 0):
            states = held.forward() if passes else self.term.runner.no_states(self.model)
        states = states if states.dtype == torch.float64 else states.float()
        fine = self._finite([states], "hidden states")
        if not fine or self.scale == 0:
            return states, fine
        value, gradient, *extractor = self._gradients(states, chunk)
        extractor = self.processes.mean(extractor)  # no engine reduces what is no part of its model
        fine = self._finite([value, gradient, *extractor], "value of the term, or its gradient")
        toward = self._toward_extractor(extractor)
        if fine and passes:
            held.backward(gradient, self.propagate, toward, last=last)
        elif fine and toward is not None:
            self.propagate(toward, last)
        return states, fine

    def _gradients(self, states: Tensor, chunk: Portion) -> list[Tensor]:
        """The scaled term, and its gradients with respect to the states and to the extractor's parameters."""
        leaf = states.clone().requires_grad_()
        inputs = [leaf, *self.term.extractor_parameters]
        value = self.scale * self.term.value(leaf, chunk, self.turn, self.processes)
        if not value.requires_grad:  # nothing to do in this chunk
            return [value, *(torch.zeros_like(one) for one in inputs)]
        found = torch.autograd.grad(value, inputs, allow_unused=True)
        filled = (torch.zeros_like(x) if grad is None else grad for x, grad in zip(inputs, found, strict=True))
        return [value.detach(), *filled]

    def _toward_extractor(self, gradients: Sequence[Tensor]) -> Tensor | None:
        """A scalar whose gradient with respect to the extractor is the given one."""
        parts = [(p * gradient).sum() for p, gradient in zip(self.term.extractor_parameters, gradients, strict=True)]
        return torch.stack(parts).sum() if parts else None

    def _chunks(self) -> list[Portion]:
        """As many on each process, some of them empty."""
        if self.term.between:
            return [self.mine]
        most = self.settings.tokens_per_pass
        longest = max((len(self.term.prompts.encode(cell)) for cell in self.mine.cells), default=0)

        def fits(cells: Sequence[Cell]) -> bool:
            if self.lockstep:  # a chunk is one pass, all of it padded to the longest
                return len(cells) * longest <= most
            return rep.fits_at_once(self.model, [self.term.prompts.encode(cell) for cell in cells], most=most)

        chunks = list(self.mine.chunks(fits))
        least = int(self.lockstep)  # the engine may wait for the last of the turn, even where nothing was drawn
        missing = self.processes.most(max(least, len(chunks)), self.device) - len(chunks)
        return chunks + [self.mine.nothing()] * missing

    def _passes(self, chunk: Portion) -> tuple[list[rep.PromptPass], bool]:
        """The passes over a chunk's prompts, and whether they are run once only."""
        term, most = self.term, self.settings.tokens_per_pass
        prompts = [term.prompts.encode(cell) for cell in chunk.cells]
        passes = []
        if prompts:
            held = None if self.lockstep else most  # there, several passes are run twice in any case
            pad, behind = term.prompts.pad, term.prompts.behind
            passes = rep.plan_passes(
                self.model, prompts, pad=pad, most=most, held=held, single=self.lockstep, behind=behind
            )
        if not self.lockstep:
            return passes, len(passes) == 1 or sum(one.input_ids.numel() for one in passes) <= most
        passes = term.runner.as_many(self.model, passes, self.processes, least=1)
        return passes, len(passes) == 1

    def _finite(self, values: Sequence[Tensor], what: str) -> bool:
        """Whether all values are finite, on all processes.

        Raises:
            RunError: if not and settings say to stop, on every process, so that none waits for another.
        """
        broken = not all(bool(torch.isfinite(value).all()) for value in values)
        fine = not self.processes.most(int(broken), self.device)
        if not fine and self.settings.on_nonfinite == "stop":
            raise not_finite(f"{what}, step {self.turn.step}")
        return fine
