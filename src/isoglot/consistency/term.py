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
from ..errors import ConfigError, RunError, problem
from ..groups import PromptGroups
from ..groups.sampling import Turn
from ..models.decoder import find_decoder, hidden_size, resolve_layer, unwrapped
from ..models.modes import evaluating
from ..objectives import BETWEEN_PROMPTS, find_objective
from .collapse import CollapseWatch
from .draw import Draw, Portion, together
from .finite import check_finite, zero_if_broken
from .layout import by_group, group_means
from .memory import Memory
from .outlook import LOOKED_AT, Outlook, outlook
from .processes import Processes, inside_ddp, reshard
from .prompts import TermPrompts
from .retention import drift
from .separation import crowding
from .settings import Consistency


class ConsistencyTerm:
    """The term of the loss, without its weight.

    Args:
        model: a Hugging Face causal or classification model; may be wrapped.
        tokenizer: its tokenizer.
        consistency: the settings.
        groups: prompts in many languages. At least one group of ``kinds`` must have the pivot and another language.
        folder: where reference states are kept; None: in memory only.
        training: tokens of the training's own in an optimizer step, for the budget; None: not known.
        processes: how many share a step.

    Attributes:
        layers: decoder layers counted from 1, as resolved for this model.
        extractor: the linear module, or None.
        prompts: which are compared and guarded, and what a turn draws of them.
        memory: what is remembered from before training.
        between: whether different prompts are compared, so that all of a turn must be seen together.
        outlook: whether there is anything to pull, once what was before training is known; None where that is not told.

    Raises:
        ConfigError: for a layer that the model does not have.
        DataError: if no group can be used, they have several pivots, or (where settings say so) a prompt is too long.
    """

    def __init__(
        self,
        model: Any,
        tokenizer: Any,
        consistency: Consistency,
        groups: PromptGroups,
        *,
        folder: Path | None = None,
        training: float | None = None,
        processes: int = 1,
    ) -> None:
        self.consistency, decoder = consistency, find_decoder(model)
        self._objective = find_objective(consistency.objective)
        self._taken = inspect.signature(self._objective).parameters
        self.between = bool(consistency.separation) or self._objective in BETWEEN_PROMPTS
        self.prompts = TermPrompts(
            groups,
            tokenizer,
            consistency,
            positions=_positions(model),
            between=self.between,
            training=training,
            processes=processes,
        )
        self.layers = [resolve_layer(layer, decoder.depth) for layer in consistency.layers]
        self.extractor = rep.build_extractor(
            consistency.extractor,
            hidden_size(model),
            consistency.extractor_dim,
            layers=len(self.layers),
            bias=consistency.extractor_bias,
            seed=consistency.seed,
        )
        if self.extractor is not None:
            self.extractor.to(next(model.parameters()).device)
        self._hidden_size = hidden_size(model)
        self.outlook: Outlook | None = None
        self._looked = False
        self._watch, self._warned_alone, self._warned_detached = CollapseWatch(), False, False
        self.memory = Memory(
            self.prompts.to_remember,
            self.prompts.encode,
            self.layers,
            folder,
            center=consistency.center,
            space=consistency.space,
        )

    @property
    def extractor_parameters(self) -> list[Tensor]:
        """Those of the extractor that are trained; none without one."""
        return [] if self.extractor is None else [p for p in self.extractor.parameters() if p.requires_grad]

    def remember(self, model: Any, *, together: bool = False) -> None:
        """Stores where prompts are now, if that is not known yet; the guards keep them there.

        Args:
            model: as it is before training.
            together: whether all processes do it pass by pass, as engines must that gather parameters for each.
        """
        if not self.memory.is_known:
            self.memory.remember(model, lambda prompts: self._states_of(model, prompts), together=together)
            reshard(model)
        if not self._looked:
            self._looked, self.outlook = True, self._looked_ahead(model)
            if self.outlook is not None and Processes.of_run().rank == 0:
                self.outlook.warn(self.consistency.space)

    def _looked_ahead(self, model: Any) -> Outlook | None:
        """Translations against other prompts, of some of those compared."""
        groups = self.prompts.compared[:LOOKED_AT]
        tags = {group.id: frozenset(group.prompts) for group in groups}
        drawn = Draw(groups, list(self.prompts.languages), tags, 1.0)
        if self.memory.knows(groups[0]):
            found = self.memory.at(drawn.cells, torch.zeros(()))
        else:
            with evaluating(model):
                found = self._states_of(model, [self.prompts.encode(cell) for cell in drawn.cells])
            reshard(model)
        with torch.autocast(found.device.type, enabled=False):
            states, mask = by_group(found, drawn)
            return outlook(self.memory.seen(states)[0], mask, drawn.languages.index(groups[0].pivot), drawn.languages)

    def _states_of(self, model: Any, prompts: Sequence[Sequence[int]], processes: Processes | None = None) -> Tensor:
        """Last-token states of prompts, (layers, prompts, hidden size), float32 or wider, in one graph.

        With ``processes`` all of them make as many passes: engines may gather parameters in each.
        """
        passes = self._planned(model, prompts) if prompts else []
        if processes is not None and processes.several:
            passes = self.as_many(model, passes, processes)
        if not passes:
            return self.no_states(model)
        states = rep.pass_states(model, passes, self.layers, gradient_layers=self.consistency.gradient_layers)
        return states if states.dtype == torch.float64 else states.float()

    def _planned(self, model: Any, prompts: Sequence[Sequence[int]]) -> list[rep.PromptPass]:
        return rep.plan_passes(model, prompts, pad=self.prompts.pad, most=self.consistency.tokens_per_pass)

    def as_many(
        self, model: Any, passes: Sequence[rep.PromptPass], processes: Processes, *, least: int = 0
    ) -> list[rep.PromptPass]:
        """The passes, and such of which nothing is taken until each process has as many.

        Args:
            model: that will run them.
            passes: of this process.
            processes: all that do.
            least: how many there are to be at least.
        """
        count = processes.most(max(least, len(passes)), next(model.parameters()).device)
        if count == len(passes):
            return list(passes)
        (spare,) = self._planned(model, [self.prompts.encode(self.prompts.any_cell)])
        return [*passes, *[spare.without_prompts()] * (count - len(passes))]

    def no_states(self, model: Any) -> Tensor:
        """The states of no prompts, (layers, 0, hidden size)."""
        parameter = next(model.parameters())
        dtype = torch.promote_types(parameter.dtype, torch.float32)
        return torch.zeros(len(self.layers), 0, self._hidden_size, device=parameter.device, dtype=dtype)

    def __call__(self, model: Any, turn: Turn) -> tuple[Tensor, dict[str, float]]:
        """The term's value for one micro-step on one process, in one graph, and its metrics.

        Args:
            model: the model to run, wrapped or not.
            turn: which draw.

        Returns:
            A scalar with gradients (if they are enabled), and the metrics by name: ``loss`` (the objective),
            ``retention`` (the drift), ``separation`` (the crowding), those of ``representation.monitor``,
            ``extractor_bias_ratio`` (with a linear extractor), ``num_groups``, ``tokens``; empty where there are no
            groups in this turn. The mean of the scalar over the micro-steps and processes of a step is the term over
            all of its groups. What compares different prompts (``separation``, ``info_nce``) sees those of all
            processes, and of one micro-step.

        Raises:
            RunError: for hidden states or a value that are not finite; in ``backward``, for a gradient that is not.
                Where settings say ``skip``, the value is 0 and ``skipped`` 1, or the gradient 0.
        """
        processes, mine, model = Processes(turn), self.prompts.portion(turn), inside_ddp(model)
        prompts = [self.prompts.encode(cell) for cell in mine.cells]
        states = self._states_of(model, prompts, processes)
        if not torch.is_grad_enabled():
            reshard(model)
        skips = self.consistency.on_nonfinite == "skip"
        if not skips:
            check_finite(states, f"hidden states, step {turn.step}")
        elif processes.most(int(not torch.isfinite(states).all()), states.device):
            return states.new_zeros(()), {"skipped": 1.0}
        if states.requires_grad:  # a finite value may have a gradient that is not
            where = f"gradient of the term, step {turn.step}"
            states.register_hook(lambda grad: zero_if_broken(grad) if skips else check_finite(grad, where))
        total = self.value(states, mine, turn, processes) + states[:, :0].sum()  # so that all passes are gone back
        if not skips:
            check_finite(total, f"value of the term, step {turn.step}")
        elif processes.most(int(not torch.isfinite(total)), states.device):
            return states.new_zeros(()), {"skipped": 1.0}
        return total, self.measure(states.detach(), mine, turn, processes)

    def value(self, states: Tensor, portion: Portion, turn: Turn, processes: Processes) -> Tensor:
        """The term of some of this process's groups, a scalar; of a turn's all where different prompts are compared.

        Args:
            states: of the portion's cells, (layers, cells, hidden size).
            portion: whose they are.
            turn: which draw.
            processes: those that take part in it.
        """
        # What is compared are small differences; half precision has no digits for them.
        with torch.autocast(states.device.type, enabled=False):
            if self.between:
                states, portion = self._of_all(states, portion, turn, processes)
            return self._parts(states, portion)[0]

    @torch.no_grad()
    def measure(self, states: Tensor, mine: Portion, turn: Turn, processes: Processes) -> dict[str, float]:
        """The metrics of a turn, over the groups of all processes.

        Args:
            states: of this process's cells, (layers, cells, hidden size).
            mine: whose they are, all of its groups.
            turn: which draw.
            processes: those that take part in it.
        """
        tokens = processes.total(sum(len(self.prompts.encode(cell)) for cell in mine.cells), states.device)
        with torch.autocast(states.device.type, enabled=False):
            states, portion = self._of_all(states, mine, turn, processes)
            if not portion.cells:
                return {}
            self._say_if_alone(portion)
            parts = {name: value.item() for name, value in self._parts(states, portion)[1].items()}
            metrics = parts | self._monitor(states, portion)
        if turn.rank == 0:
            self._watch.look(metrics, turn.step)
        return {"num_groups": float(len(portion.compared.groups)), "tokens": float(tokens)} | metrics

    def _of_all(self, states: Tensor, mine: Portion, turn: Turn, processes: Processes) -> tuple[Tensor, Portion]:
        """The states of all processes' cells, and whose they are."""
        if not processes.several:
            return states, mine
        portions = self.prompts.portions(turn, range(turn.world_size))
        joined = processes.joined(states, [len(portion.cells) for portion in portions])
        whole, places = together(portions, self.prompts.languages)
        return joined[:, places], whole

    def _parts(self, states: Tensor, portion: Portion) -> tuple[Tensor, dict[str, Tensor]]:
        """Objective and guards put together, and each by itself for the log."""
        settings, (drawn, guarded) = self.consistency, portion
        compared, kept = states.split([len(drawn.cells), len(guarded.cells)], dim=1)
        total = states.new_zeros(())
        found: dict[str, Tensor] = {}
        if drawn.groups:
            value = self._compare(*by_group(compared, drawn), drawn)
            total = total + value.sum() * drawn.share
            found["loss"] = value.mean()
        if guarded.groups:
            before = self.memory.at(guarded.cells, kept)
            moved = group_means(drift(kept, before, self._guard_space), guarded)
            total = total + settings.retention * moved.sum() * guarded.share
            found["retention"] = moved.mean()
        if settings.separation:
            nearer = self._crowding([(compared, drawn), (kept, _apart_from(drawn, guarded))])
            total = total + settings.separation * nearer
            found["separation"] = nearer
        return total, found

    def _compare(self, raw: Tensor, mask: Tensor, drawn: Draw) -> Tensor:
        """The objective of each group drawn, (groups,), from (layers, groups, languages, hidden)."""
        z = self._extract(self.memory.compared(raw, mask, drawn))
        if z is not raw and not bool(torch.isfinite(z).all()):  # an objective refuses these; here the value tells
            return z.sum((0, 2, 3)) * torch.nan
        return self._value(z, drawn, mask)

    def _monitor(self, states: Tensor, portion: Portion) -> dict[str, float]:
        """What the log watches, beside the parts; of several layers the first."""
        drawn, guarded = portion
        if not drawn.groups:
            return {}
        beside = _apart_from(drawn, guarded)
        compared, kept = states.split([len(drawn.cells), len(guarded.cells)], dim=1)
        raw, mask = by_group(compared, drawn)
        placed = self.memory.compared(raw, mask, drawn)
        alike = self.consistency.center in (False, True)  # the objective sees what guards and monitors see
        first = placed[0] if alike else self.memory.seen(raw)[0] * mask.unsqueeze(-1)
        z = first if self.extractor is None and alike else self._extract(placed)[0]
        pointing = {"between_cosine": rep.directions(first, mask)}
        if beside.groups:
            pointing["between_cosine"] = torch.cat([pointing["between_cosine"], self._pointing(kept, beside)[0]])
        if self.extractor is not None:
            pointing["between_cosine_projected"] = rep.directions(z, mask)
        pointing = self._watch.beside_the_last(pointing, [group.id for group in drawn.groups])
        metrics = rep.monitor(z, first, mask, between=pointing)
        if self.extractor is not None and self.extractor.bias is not None:
            metrics["extractor_bias_ratio"] = rep.bias_ratio(self.extractor, z[mask])
        return metrics

    def _say_if_alone(self, portion: Portion) -> None:
        """Warns, once, where something compares different prompts and there is only one."""
        drawn, guarded = portion
        beside = len(_apart_from(drawn, guarded).groups) if self.consistency.separation else 0
        if self.between and len(drawn.groups) + beside < 2 and not self._warned_alone:
            self._warned_alone = True
            step = "Raise consistency.groups_per_step to at least two for each micro-step"
            warnings.warn(f"consistency: different prompts are to be compared, and there is one only. {step}.")

    def _crowding(self, parts: Sequence[tuple[Tensor, Draw]]) -> Tensor:
        """How much nearer the prompts of this turn have come to each other, from their states by cell."""
        there = [(states, part) for states, part in parts if part.groups]
        now = [self._pointing(states, part) for states, part in there]
        before = [self._pointing(self.memory.at(part.cells, states), part) for states, part in there]
        return crowding(torch.cat(now, dim=1), torch.cat(before, dim=1))

    def _pointing(self, states: Tensor, drawn: Draw) -> Tensor:
        """Directions of prompts as guards see them, (layers, groups, hidden), from states by cell."""
        layers, mask = by_group(self.memory.seen(states), drawn)
        return torch.stack([rep.directions(layer, mask) for layer in layers])

    @property
    def _guard_space(self) -> rep.Space | None:
        """Where the retention guard looks."""
        return self.memory.space if self.consistency.space != "raw" else None

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
        name, count = getattr(self._objective, "__name__", "objective"), len(drawn.groups)
        for value in values:
            fine = isinstance(value, Tensor) and value.is_floating_point() and value.shape == (count,)
            if not fine:
                got = f"{value.dtype} {tuple(value.shape)}" if isinstance(value, Tensor) else type(value).__name__
                raise ConfigError(problem(f"objective {name}", f"one float per group, ({count},)", got))
        if z.requires_grad and not any(value.requires_grad for value in values) and not self._warned_detached:
            self._warned_detached = True
            warnings.warn(f"objective {name}: its value has no gradient, so that it changes nothing.")
        return torch.stack(values).mean(0)

    def state_dict(self) -> dict[str, Tensor]:
        """What a checkpoint must keep: the extractor's weights, and the reference or where it is found."""
        extractor = {} if self.extractor is None else self.extractor.state_dict()
        kept = {f"extractor.{name}": value for name, value in extractor.items()}
        name = {"groups.fingerprint": torch.frombuffer(bytearray(self.prompts.fingerprint.encode()), dtype=torch.uint8)}
        return name | kept | self.memory.state_dict() | self._watch.state_dict()

    @property
    def has_state(self) -> bool:
        """Whether a run cannot go on without what :meth:`state_dict` gave."""
        return self.extractor is not None or self.memory.reference is not None

    def load_state_dict(self, state: Mapping[str, Tensor]) -> None:
        """Takes back what :meth:`state_dict` gave.

        Raises:
            RunError: if it is of other prompts, or of another extractor.
        """
        if "groups.fingerprint" in state:
            began = bytes(state["groups.fingerprint"].cpu().tolist()).decode()
            if began != self.prompts.fingerprint:
                step = "Resume with the prompt groups that the run began with, or begin anew"
                raise RunError(
                    problem("groups", f"those of hash {began}", f"those of hash {self.prompts.fingerprint}", step)
                )
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


def _apart_from(drawn: Draw, guarded: Draw) -> Draw:
    """The guarded prompts, or none if one of them is compared too: beside itself it would look like a collapse."""
    shared = {group.id for group in guarded.groups} & {group.id for group in drawn.groups}
    return guarded._replace(groups=[]) if shared else guarded


def _positions(model: Any) -> int | None:
    """The longest text that a model takes, where its configuration tells."""
    found = getattr(unwrapped(model).config.get_text_config(), "max_position_embeddings", None)
    return found if isinstance(found, int) and found > 0 else None
