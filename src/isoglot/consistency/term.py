"""A :class:`Consistency` bound to a model, a tokenizer and groups: draw, represent, compare, guard."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from .. import representation as rep
from ..errors import ConfigError, DataError, RunError, problem
from ..groups import PromptGroup, PromptGroups
from ..groups.sampling import Turn
from ..groups.tokenization import encode
from ..objectives import BETWEEN_PROMPTS, find_objective
from .collapse import CollapseWatch, Recent
from .draw import Draw, draw
from .layout import by_group, group_means
from .memory import Cell, Memory
from .retention import drift, guarded_groups, without
from .separation import crowding
from .settings import Consistency


class ConsistencyTerm:
    """The term of the loss, without its weight.

    Args:
        model: a Hugging Face causal or classification model; may be wrapped.
        tokenizer: its tokenizer.
        consistency: the settings.
        groups: prompts in many languages. At least one group of ``kinds`` must have the pivot and another language.
        max_length: longest prompt in tokens; None: as long as it is.
        folder: where reference states are kept; None: in memory only.

    Attributes:
        layers: decoder layers counted from 1, as resolved for this model.
        extractor: the linear module, or None.
        guarded: groups that the retention guard keeps in place; none where ``consistency.retention`` is 0.
        memory: what is remembered from before training.

    Raises:
        ConfigError: for a layer that the model does not have.
        DataError: if no group can be used, or they have several pivots.
    """

    def __init__(
        self,
        model: Any,
        tokenizer: Any,
        consistency: Consistency,
        groups: PromptGroups,
        *,
        max_length: int | None = None,
        folder: Path | None = None,
    ) -> None:
        self.consistency, self.tokenizer, self.max_length = consistency, tokenizer, max_length
        self.languages = groups.languages
        self._objective = find_objective(consistency.objective)
        self._taken = inspect.signature(self._objective).parameters
        self.guarded: list[PromptGroup] = []
        usable = _usable(groups, consistency.kinds)
        if consistency.retention:
            self.guarded = guarded_groups(groups, consistency.retain, consistency.seed)
            if consistency.retain != "harmless":
                usable = without(usable, self.guarded)
            if not self.guarded and consistency.retain == "harmless":
                raise DataError(_none_of('kind "harmless", which consistency.retention needs', groups))
            if not self.guarded or not usable:
                share, step = f"consistency.retain: {consistency.retain}", "Choose another share, or add groups"
                got = f"{len(self.guarded)} guarded and {len(usable)} compared"
                raise DataError(problem(share, "groups to guard and groups to compare", got, step))
        self.groups = usable
        decoder = rep.find_decoder(model)
        self.layers = [rep.resolve_layer(layer, decoder.depth) for layer in consistency.layers]
        self.extractor = rep.build_extractor(
            consistency.extractor,
            rep.hidden_size(model),
            consistency.extractor_dim,
            layers=len(self.layers),
            bias=consistency.extractor_bias,
            seed=consistency.seed,
        )
        if self.extractor is not None:
            self.extractor.to(next(model.parameters()).device)
        self._ids: dict[tuple[str, str], list[int]] = {}
        self._watch, self._recent, self._warned_alone = CollapseWatch(), Recent(), False
        self._between = bool(consistency.separation) or self._objective in BETWEEN_PROMPTS
        self.memory = Memory(self._cells_to_remember(), self._encode, self.layers, folder)

    def _cells_to_remember(self) -> list[Cell]:
        """Guarded prompts, and those compared where something is told against what they were."""
        settings = self.consistency
        groups = list(self.guarded)
        if settings.separation or settings.center:
            groups += without(self.groups, groups)
        return [(group, tag) for group in groups for tag in group.prompts]

    def remember(self, model: Any) -> None:
        """Stores where prompts are now; the guards keep them there. Call before training begins."""
        self.memory.remember(model, lambda prompts: self._states_of(model, prompts))

    def states(self, model: Any, cells: Sequence[Cell]) -> Tensor:
        """Hidden states of the cells' last prompt tokens, (layers, cells, hidden size), float32 or wider."""
        return self._states_of(model, [self._encode(cell) for cell in cells])

    def _states_of(self, model: Any, prompts: Sequence[Sequence[int]]) -> Tensor:
        states = rep.prompt_states(model, prompts, self.layers, pad=self.tokenizer.pad_token_id or 0)
        return states if states.dtype == torch.float64 else states.float()

    def __call__(self, model: Any, turn: Turn) -> tuple[Tensor, dict[str, float]]:
        """The term's value for one micro-step on one process, and its metrics.

        Args:
            model: the model to run, wrapped or not.
            turn: which draw.

        Returns:
            A scalar with gradients (if they are enabled), and the metrics by name: ``loss`` (the objective),
            ``retention`` (the drift), ``separation`` (the crowding), those of ``representation.monitor``,
            ``extractor_bias_ratio`` (with a linear extractor), ``num_groups``, ``tokens``. Both are empty on a process
            without groups in this turn. The mean of the scalar over the micro-steps and processes of a step is the
            term over all of its groups; only what compares different prompts (``separation``, ``info_nce``) sees those
            of one micro-step at a time.

        Raises:
            RunError: for hidden states that are not finite; in ``backward``, for a gradient that is not.
        """
        settings = self.consistency
        drawn = self._draw(self.groups, turn, settings.seed)
        guarded = self._draw(self.guarded, turn, settings.seed + 1)
        cells = [*drawn.cells, *guarded.cells]
        if not cells:
            return torch.zeros((), device=next(model.parameters()).device), {}
        states = self.states(model, cells)
        _check_finite(states, f"hidden states, step {turn.step}")
        if states.requires_grad:  # a finite value may have a gradient that is not
            states.register_hook(lambda grad: _check_finite(grad, f"gradient of the term, step {turn.step}"))
        metrics = {"num_groups": float(len(drawn.groups)), "tokens": float(sum(len(self._encode(c)) for c in cells))}
        # What is compared are small differences; half precision has no digits for them.
        with torch.autocast(states.device.type, enabled=False):
            total, found = self._parts(states, drawn, guarded, turn)
        return total, metrics | found

    def _parts(self, states: Tensor, drawn: Draw, guarded: Draw, turn: Turn) -> tuple[Tensor, dict[str, float]]:
        """Objective and guards put together, and their metrics."""
        settings = self.consistency
        compared, kept = states.split([len(drawn.cells), len(guarded.cells)], dim=1)
        total = states.new_zeros(())
        metrics: dict[str, float] = {}
        beside = _apart_from(drawn, guarded)
        self._say_if_alone(drawn, beside)
        if drawn.groups:
            pointing = _pointing(kept[:1].detach(), beside)[0] if beside.groups else None
            value, metrics = self._compare(compared, drawn, pointing, turn.step)
            total = total + value.sum() * drawn.share
            metrics = {"loss": value.mean().item()} | metrics
            self._watch.look(metrics, turn.step)
        if guarded.groups:
            moved = group_means(drift(kept, self.memory.at(guarded.cells, kept)), guarded)
            total = total + settings.retention * moved.sum() * guarded.share
            metrics["retention"] = moved.mean().item()
        if settings.separation:
            nearer = self._crowding([(compared, drawn), (kept, beside)])
            total = total + settings.separation * nearer
            metrics["separation"] = nearer.item()
        return total, metrics

    def _compare(
        self, states: Tensor, drawn: Draw, guarded: Tensor | None, step: int
    ) -> tuple[Tensor, dict[str, float]]:
        """The objective of each group drawn, (groups,), and what the log watches (of several layers, the first).

        ``guarded`` are the directions of guarded prompts, (prompts, hidden).
        """
        raw, mask = by_group(states, drawn)
        centered = self.memory.centered(raw, mask, drawn, self.consistency.center)
        z = self._extract(centered)
        plain = raw[0].detach()
        seen = plain if self.extractor is None and centered is raw else z[0].detach()
        metrics = rep.monitor(seen, plain, mask, **self._recent.beside(plain, seen, mask, drawn, guarded, step))
        if self.extractor is not None and self.extractor.bias is not None:
            metrics["extractor_bias_ratio"] = rep.bias_ratio(self.extractor, seen[mask])
        return self._value(z, drawn, mask), metrics

    def _say_if_alone(self, drawn: Draw, beside: Draw) -> None:
        """Warns, once, where something compares different prompts and there is only one."""
        guarded = len(beside.groups) if self.consistency.separation else 0
        if self._between and len(drawn.groups) + guarded < 2 and not self._warned_alone:
            self._warned_alone = True
            step = "Raise consistency.groups_per_step to at least two for each micro-step and process"
            warnings.warn(f"consistency: different prompts are to be compared, and a micro-step has one only. {step}.")

    def _encode(self, cell: Cell) -> list[int]:
        """Token ids of one cell, up to where the answer begins; kept, since cells come up again."""
        group, language = cell
        key = group.id, language
        if key not in self._ids:
            self._ids[key] = encode(self.tokenizer, group.prompts[language], max_length=self.max_length)
        return self._ids[key]

    def _draw(self, groups: Sequence[PromptGroup], turn: Turn, seed: int) -> Draw:
        settings = self.consistency
        # Counted in due steps: else some groups would only ever come up on steps that are left out.
        due = turn._replace(step=turn.step // settings.every)
        return draw(
            groups,
            self.languages,
            due,
            groups_per_step=settings.groups_per_step,
            least_each=2 if self._between else 1,
            languages_per_step=settings.languages_per_step,
            seed=seed,
        )

    def _crowding(self, parts: Sequence[tuple[Tensor, Draw]]) -> Tensor:
        """How much nearer the prompts of this turn have come to each other, from their states by cell."""
        there = [(states, part) for states, part in parts if part.groups]
        now = [_pointing(states, part) for states, part in there]
        before = [_pointing(self.memory.at(part.cells, states), part) for states, part in there]
        return crowding(torch.cat(now, dim=1), torch.cat(before, dim=1))

    def _extract(self, states: Tensor) -> Tensor:
        """(layers, groups, languages, hidden) -> (parts, groups, languages, dim): one part with an extractor."""
        if self.extractor is None:
            return states
        side_by_side = states.permute(1, 2, 0, 3).flatten(2)
        return self.extractor(side_by_side.to(self.extractor.weight.dtype)).unsqueeze(0)

    def _value(self, z: Tensor, drawn: Draw, mask: Tensor) -> Tensor:
        """The objective of each group, (groups,), averaged over the parts of z."""
        settings = self.consistency
        options: dict[str, Any] = {"mask": mask}
        if any(group.weights for group in drawn.groups):
            options["weights"] = z.new_tensor(
                [[group.weights.get(tag, 1.0) for tag in drawn.languages] for group in drawn.groups]
            )
        # What an objective takes beyond these is told by its signature.
        offered: dict[str, Any] = {"temperature": settings.temperature, "scaling": settings.scaling}
        offered["pivot"] = pivot = drawn.languages.index(drawn.groups[0].pivot)
        if settings.hold_pivot:
            held = torch.arange(z.size(2), device=z.device) == pivot
            z = torch.where(held.unsqueeze(-1), z.detach(), z)
        options |= {name: value for name, value in offered.items() if name in self._taken}
        values = [self._objective(part, **options) for part in z]
        if any(value.shape != (len(drawn.groups),) for value in values):
            name, got = getattr(self._objective, "__name__", "objective"), tuple(values[0].shape)
            raise ConfigError(problem(f"objective {name}", f"one value per group, ({len(drawn.groups)},)", got))
        return torch.stack(values).mean(0)

    def state_dict(self) -> dict[str, Tensor]:
        """What a checkpoint must keep: the extractor's weights, and the reference or where it is found."""
        extractor = {} if self.extractor is None else self.extractor.state_dict()
        kept = {f"extractor.{name}": value for name, value in extractor.items()}
        return kept | self.memory.state_dict() | (self._watch.state_dict() if kept else {})

    def load_state_dict(self, state: Mapping[str, Tensor]) -> None:
        """Takes back what :meth:`state_dict` gave.

        Raises:
            RunError: if it is of other prompts, or of another extractor.
        """
        prefix = "extractor."
        if self.extractor is not None:
            kept = {name.removeprefix(prefix): value for name, value in state.items() if name.startswith(prefix)}
            own = {name: tuple(value.shape) for name, value in self.extractor.state_dict().items()}
            found = {name: tuple(value.shape) for name, value in kept.items()}
            if found != own:
                step = "Resume with the consistency settings that the run began with"
                raise RunError(problem("extractor", f"weights {own}", found or "none", step))
            self.extractor.load_state_dict(kept)
        self.memory.load_state_dict(state)
        self._watch.load_state_dict(state)


def _usable(groups: PromptGroups, kinds: str | Sequence[str]) -> list[PromptGroup]:
    """Groups with their pivot and another language; a warning counts those without."""
    chosen = groups.select(kinds=kinds)
    usable = [group for group in chosen if group.pivot in group.prompts and len(group.prompts) > 1]
    if not usable:
        raise DataError(_none_of(f"kinds {kinds!r} with its pivot and another language", groups))
    pivots = sorted({group.pivot for group in usable})
    if len(pivots) > 1:
        step = "Attach to one pivot's groups at a time"
        raise DataError(problem("groups", "one pivot", ", ".join(pivots), step))
    if left := len(chosen) - len(usable):
        warnings.warn(f"groups: {left} of {len(chosen)} left out: without their pivot, or in one language only.")
    return usable


def _apart_from(drawn: Draw, guarded: Draw) -> Draw:
    """The guarded prompts, or none if one of them is compared too: beside itself it would look like a collapse."""
    shared = {group.id for group in guarded.groups} & {group.id for group in drawn.groups}
    return guarded._replace(groups=[]) if shared else guarded


def _pointing(states: Tensor, drawn: Draw) -> Tensor:
    """Directions of prompts, (layers, groups, hidden), from states by cell."""
    layers, mask = by_group(states, drawn)
    return torch.stack([rep.directions(layer, mask) for layer in layers])


def _check_finite(values: Tensor, where: str) -> None:
    """Stops infinity and not-a-number before they get any further."""
    if not bool(torch.isfinite(values).all()):
        step = "Lower the learning rate or consistency.weight, or look for such values in the model"
        raise RunError(problem(where, "finite values", "infinity or not a number", step))


def _none_of(what: str, groups: PromptGroups) -> str:
    expected, step = f"at least one group of {what}", "Add such groups, or change the consistency settings"
    return problem("groups", expected, repr(groups), step)
