"""The prompts of a term: which are compared, which are guarded, what a turn draws of them, their token ids."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

from ..errors import DataError, problem, raise_all, some
from ..groups import PromptGroup, PromptGroups
from ..groups.sampling import Turn
from ..models.chat import encode, longer_than, tokens_behind
from ..models.messages import say_lost_turns
from .budget import Part, excess, limits
from .draw import Draw, Portion, draw_step
from .guards import guarded_groups, without
from .memory import Cell
from .settings import Consistency


class TermPrompts:
    """The prompts of a term.

    Args:
        groups: all there are. At least one group of ``consistency.kinds`` must have its pivot and another language.
        tokenizer: the model's.
        consistency: the settings.
        positions: the longest text that the model takes, in tokens; None: not known.
        between: whether different prompts are compared, of which a draw then has two at least.
        training: tokens of the training's own in an optimizer step; None: not known.
        processes: how many share a step.
        closed: whether an encoder reads them, as for :func:`~isoglot.models.chat.encode`.

    Attributes:
        compared: groups that the objective is over.
        guarded: groups that the retention guard keeps in place; none where ``consistency.retention`` is 0.
        languages: of all groups.
        fingerprint: of all groups.
        limits: what is drawn for a step on which the term is applied, within the budget.
        pad: token id to fill up with.
        behind: tokens that the tokenizer puts behind each prompt.

    Raises:
        DataError: if no group can be used, they have several pivots, or (where settings say so) a prompt is too long.
    """

    def __init__(
        self,
        groups: PromptGroups,
        tokenizer: Any,
        consistency: Consistency,
        *,
        positions: int | None = None,
        between: bool = False,
        training: float | None = None,
        processes: int = 1,
        closed: bool = False,
    ) -> None:
        self._written = {"closed": closed, "before_thought": consistency.thought == "before"}
        self.behind = tokens_behind(tokenizer) if closed else 0
        self._tokenizer, self._settings, self._between = tokenizer, consistency, between
        self.languages, self.fingerprint = groups.languages, groups.fingerprint
        self.pad = tokenizer.pad_token_id or 0
        self.compared, self.guarded = parted(groups, consistency)
        self._max_length = consistency.max_prompt_tokens or positions
        self._ids: dict[tuple[str, str], list[int]] = {}
        cells = [(group, tag) for group in [*self.compared, *self.guarded] for tag in group.prompts]
        say_lost_turns((group.prompts[tag] for group, tag in cells), "groups", tokenizer)
        self._check_lengths(cells)
        self.limits = limits(
            consistency,
            self.compared,
            self.guarded,
            lambda cell: len(self.encode(cell)),
            training,
            least=self._least_each * processes,
        )
        if over := excess(consistency, self.limits):
            warnings.warn(over, stacklevel=2)

    def encode(self, cell: Cell) -> list[int]:
        """Token ids of one cell, up to where the answer begins; kept, since cells come up again."""
        group, language = cell
        key = group.id, language
        if key not in self._ids:
            prompt = group.prompts[language]
            self._ids[key] = encode(self._tokenizer, prompt, max_length=self._max_length, quiet=True, **self._written)
        return self._ids[key]

    @property
    def _least_each(self) -> int:
        """How many groups a micro-step of one process needs."""
        return 2 if self._between else 1

    @property
    def to_remember(self) -> list[Cell]:
        """Guarded prompts, and those compared where something is measured against what they were."""
        groups = list(self.guarded)
        if self._settings.separation or self._settings.center or self._settings.space != "raw":
            groups += without(self.compared, groups)
        return [(group, tag) for group in groups for tag in group.prompts]

    @property
    def any_cell(self) -> Cell:
        """Some prompt, the same one at each call."""
        group = self.compared[0]
        return group, group.pivot

    def portion(self, turn: Turn) -> Portion:
        """What a micro-step on one process is over."""
        return self.portions(turn, [turn.rank])[0]

    def portions(self, turn: Turn, ranks: Sequence[int]) -> list[Portion]:
        """What a micro-step is over on some of the processes; the step is drawn once for all of them."""
        seed = self._settings.seed
        parts = [
            self._draw(self.compared, self.limits.compared, turn, seed),
            self._draw(self.guarded, self.limits.guarded, turn, seed + 1),
        ]
        return [Portion(*(part.dealt(turn._replace(rank=rank)) for part in parts)) for rank in ranks]

    def _draw(self, groups: Sequence[PromptGroup], part: Part, turn: Turn, seed: int) -> Draw:
        """All of a turn's optimizer step."""
        settings = self._settings
        # Counted in steps with the term: else some groups would only ever come up on steps without it.
        due = turn._replace(step=turn.step // settings.every)
        return draw_step(
            groups,
            self.languages,
            due,
            groups_per_step=part.groups,
            least_each=self._least_each,
            languages_per_step=part.languages,
            pivots=part.pivots,
            seed=seed,
        )

    def _check_lengths(self, cells: Sequence[Cell]) -> None:
        """Counts the prompts that are too long; refuses them where settings say so."""
        if self._max_length is None:
            return
        prompts = [group.prompts[tag] for group, tag in cells]
        places = longer_than(self._tokenizer, prompts, self._max_length, **self._written)
        long = list(dict.fromkeys((cells[place][0].id, cells[place][1]) for place in places))
        if not long:
            return
        if self._settings.long_prompts == "refuse":
            step = "Shorten it, raise consistency.max_prompt_tokens, or set consistency.long_prompts to truncate"
            expected = f"at most {self._max_length} tokens"
            raise_all([problem(f"group {name!r}, {tag}", expected, "more", step) for name, tag in long], DataError)
        of = f"{len(long)} of {len(cells)} prompts have more than {self._max_length} tokens"
        warnings.warn(f"groups: {of}: the beginning of their text is left out.")


def parted(groups: PromptGroups, settings: Consistency) -> tuple[list[PromptGroup], list[PromptGroup]]:
    """The groups compared and the groups guarded.

    Raises:
        DataError: if there are none to compare, or none to guard where settings ask for it; for several pivots.
    """
    usable = _usable(groups, settings.kinds)
    if not settings.retention:
        return usable, []
    guarded = guarded_groups(groups, settings.retain, settings.seed)
    if settings.retain != "harmless":
        usable = without(usable, guarded)
    if not guarded and settings.retain == "harmless":
        step = "Add a second file with harmless ones (data.groups takes several, PromptGroups join by +), or set "
        step += "consistency.retain to a share, or consistency.retention to 0"
        raise DataError(_none_of('kind "harmless", which consistency.retention keeps in place', groups, step))
    if not guarded or not usable:
        share, step = f"consistency.retain: {settings.retain}", "Choose another share, or add groups"
        got = f"{len(guarded)} guarded and {len(usable)} compared"
        raise DataError(problem(share, "groups to guard and groups to compare", got, step))
    if settings.retain == "harmless" and (unguarded := _languages_without(usable, guarded)):
        expected, got = "harmless prompts in every language that is compared", f"none in {some(unguarded, 20)}"
        step = "consistency.retention keeps no answers in those: add harmless prompts in them"
        warnings.warn(problem("groups", expected, got, step), stacklevel=4)
    return usable, guarded


def _languages_without(compared: Sequence[PromptGroup], guarded: Sequence[PromptGroup]) -> list[str]:
    """Languages of what is compared that nothing guarded is in, in the order in which they come."""
    there = {tag for group in guarded for tag in group.prompts}
    return [tag for tag in dict.fromkeys(tag for group in compared for tag in group.prompts) if tag not in there]


def _usable(groups: PromptGroups, kinds: str | Sequence[str]) -> list[PromptGroup]:
    """Groups with their pivot and another language; a warning counts those without."""
    chosen = groups.select(kinds=kinds)
    usable = [group for group in chosen if group.has_translation]
    if not usable:
        said = some(dict.fromkeys(group.pivot for group in chosen), 3)
        of_kind = "any kind" if isinstance(kinds, str) else f"kind {' or '.join(kinds)}"
        what = f"{of_kind} with its pivot{f' ({said})' if said else ''} and another language"
        step = "Add such groups, or change the consistency settings"
        if chosen and not any(group.pivot in group.prompts for group in chosen):
            step = f"Languages there: {some(chosen.languages, 20)}. Name it: isoglot groups convert FILE --pivot TAG"
        raise DataError(_none_of(what, groups, step))
    pivots = sorted({group.pivot for group in usable})
    if len(pivots) > 1:
        step = "Attach to one pivot's groups at a time"
        raise DataError(problem("groups", "one pivot", ", ".join(pivots), step))
    if left := len(chosen) - len(usable):
        warnings.warn(f"groups: {left} of {len(chosen)} left out: without their pivot, or in one language only.")
    return usable


def _none_of(what: str, groups: PromptGroups, step: str) -> str:
    return problem("groups", f"at least one group of {what}", repr(groups), step)
