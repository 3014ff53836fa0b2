"""A :class:`Consistency` bound to a model, a tokenizer and groups: draw, represent, compare, guard."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from .. import representation as rep
from ..errors import DataError, RunError, problem
from ..groups import PromptGroup, PromptGroups
from ..groups.sampling import Turn
from ..groups.tokenization import encode
from ..objectives import OBJECTIVES
from .draw import Draw, draw
from .retention import Retention
from .settings import Consistency

Cell = tuple[PromptGroup, str]


class ConsistencyTerm:
    """The term of the loss, without its weight.

    Args:
        model: a Hugging Face causal or classification model; may be wrapped.
        tokenizer: its tokenizer.
        consistency: the settings.
        groups: prompts in many languages. At least one group of ``kinds`` must have the pivot and another language.
        max_length: longest prompt in tokens; None: as long as it is.

    Attributes:
        layers: decoder layers counted from 1, as resolved for this model.
        extractor: the linear module, or None.
        retention: the guard, or None where ``consistency.retention`` is 0.

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
    ) -> None:
        self.consistency, self.tokenizer, self.max_length = consistency, tokenizer, max_length
        self.languages = groups.languages
        self.groups = _usable(groups, consistency.kinds)
        decoder = rep.find_decoder(model)
        self.layers = [rep.resolve_layer(layer, decoder.depth) for layer in consistency.layers]
        self.extractor = rep.build_extractor(
            consistency.extractor,
            rep.hidden_size(model),
            consistency.extractor_dim,
            layers=len(self.layers),
            seed=consistency.seed,
        )
        if self.extractor is not None:
            self.extractor.to(next(model.parameters()).device)
        self.retention: Retention | None = None
        if consistency.retention:
            harmless = [group for group in groups if group.kind == "harmless"]
            if not harmless:
                raise DataError(_none_of('kind "harmless", which consistency.retention needs', groups))
            self.retention = Retention(harmless)
        self._ids: dict[tuple[str, str], list[int]] = {}

    def remember(self, model: Any) -> None:
        """Stores where the harmless prompts are now; the guard keeps them there. Call before training begins."""
        if self.retention is not None:
            self.retention.remember(model, lambda cells: self.states(model, cells))

    def states(self, model: Any, cells: Sequence[Cell]) -> Tensor:
        """Hidden states of the cells' last prompt tokens, (layers, cells, hidden size), float32 or wider."""
        rows = [self._encode(cell) for cell in cells]
        states = rep.prompt_states(model, rows, self.layers, pad=self.tokenizer.pad_token_id or 0)
        return states if states.dtype == torch.float64 else states.float()

    def __call__(self, model: Any, turn: Turn) -> tuple[Tensor, dict[str, float]]:
        """The term's value for one micro-step on one process, and its metrics.

        Args:
            model: the model to run, wrapped or not.
            turn: which draw.

        Returns:
            A scalar with gradients (if they are enabled), whose mean over the micro-steps and processes of a step is
            the term, and the metrics by name: ``loss`` (the objective), ``retention`` (the drift), ``leading_share``
            (of what is compared), ``leading_share_raw`` (of the hidden states), ``effective_rank``, ``min_cosine``,
            ``between_cosine``, ``num_groups``, ``tokens``. Both are empty on a process without groups in this turn.

        Raises:
            RunError: for hidden states that are not finite, before they reach a gradient.
        """
        settings = self.consistency
        drawn = self._draw(self.groups, turn, settings.seed)
        guarded = self._draw(self.retention.groups if self.retention else [], turn, settings.seed + 1)
        cells = [*drawn.cells, *guarded.cells]
        if not cells:
            return torch.zeros((), device=next(model.parameters()).device), {}
        states = self.states(model, cells)
        if not bool(torch.isfinite(states).all()):
            step = "Lower the learning rate, or look for such values in the model"
            raise RunError(
                problem(f"hidden states, step {turn.step}", "finite values", "infinity or not a number", step)
            )
        compared, kept = states.split([len(drawn.cells), len(guarded.cells)], dim=1)
        total = states.new_zeros(())
        metrics = {"num_groups": float(len(drawn.groups)), "tokens": float(sum(len(self._encode(c)) for c in cells))}
        if drawn.groups:
            raw, mask = _by_group(compared, drawn)
            z = self._extract(_centered(raw, mask) if settings.center else raw)
            value = self._objective(z, drawn, mask)
            total = total + value.sum() * drawn.share
            metrics |= {"loss": value.mean().item(), **rep.monitor(z[0], raw[0], mask)}
        if self.retention is not None and guarded.groups:
            drift = self.retention.drift(kept, guarded.cells)
            total = total + settings.retention * drift * len(guarded.groups) * guarded.share
            metrics["retention"] = drift.item()
        return total, metrics

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
            languages_per_step=settings.languages_per_step,
            seed=seed,
        )

    def _extract(self, states: Tensor) -> Tensor:
        """(layers, groups, languages, hidden) -> (parts, groups, languages, dim): one part with an extractor."""
        if self.extractor is None:
            return states
        side_by_side = states.permute(1, 2, 0, 3).flatten(2)
        return self.extractor(side_by_side.to(next(self.extractor.parameters()).dtype)).unsqueeze(0)

    def _objective(self, z: Tensor, drawn: Draw, mask: Tensor) -> Tensor:
        """The objective of each group, (groups,), averaged over the parts of z."""
        settings = self.consistency
        options: dict[str, Any] = {"mask": mask}
        if any(group.weights for group in drawn.groups):
            options["weights"] = z.new_tensor(
                [[group.weights.get(tag, 1.0) for tag in drawn.languages] for group in drawn.groups]
            )
        if settings.objective == "rank_one":
            options |= {"temperature": settings.temperature, "scaling": settings.scaling}
        else:
            options["pivot"] = drawn.languages.index(drawn.groups[0].pivot)
        objective = OBJECTIVES[settings.objective]
        return torch.stack([objective(part, **options) for part in z]).mean(0)

    def state_dict(self) -> dict[str, Tensor]:
        """What a checkpoint must keep: the extractor's weights and the guard's reference."""
        extractor = {} if self.extractor is None else self.extractor.state_dict()
        kept = {f"extractor.{name}": value for name, value in extractor.items()}
        return kept | ({} if self.retention is None else self.retention.state_dict())

    def load_state_dict(self, state: Mapping[str, Tensor]) -> None:
        """Takes back what :meth:`state_dict` gave."""
        prefix = "extractor."
        if self.extractor is not None:
            self.extractor.load_state_dict(
                {k.removeprefix(prefix): v for k, v in state.items() if k.startswith(prefix)}
            )
        if self.retention is not None:
            self.retention.load_state_dict(state)


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


def _by_group(states: Tensor, drawn: Draw) -> tuple[Tensor, Tensor]:
    """(layers, cells, hidden) -> (layers, groups, languages, hidden), zero for absent cells, and which are there."""
    there = [[tag in group.prompts for tag in drawn.languages] for group in drawn.groups]
    mask = torch.tensor(there, device=states.device)
    full = states.new_zeros(states.size(0), *mask.shape, states.size(-1))
    full[:, mask] = states
    return full, mask


def _centered(states: Tensor, mask: Tensor) -> Tensor:
    """Less the mean over the draw's prompts and languages, layer by layer."""
    mean = states.sum((1, 2)) / mask.sum()  # absent cells are zero
    return (states - mean[:, None, None]) * mask.unsqueeze(-1)


def _none_of(what: str, groups: PromptGroups) -> str:
    expected, step = f"at least one group of {what}", "Add such groups, or change the consistency settings"
    return problem("groups", expected, repr(groups), step)
