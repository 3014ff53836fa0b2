"""What one micro-step on one process sees of an optimizer step's groups, how that is cut, and states by group."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from functools import lru_cache
from typing import NamedTuple

import torch
from torch import Tensor

from ..groups import PromptGroup
from ..groups.sampling import Turn, number_of, sample_indices, sample_languages

GROUPS_PER_STEP = 8


class Draw(NamedTuple):
    """Groups and languages of one micro-step on one process."""

    groups: list[PromptGroup]
    languages: list[str]  # of all these groups together, the pivot first
    tags: Mapping[str, Set[str]]  # group id -> the languages drawn of it; there may be more groups than are in the draw
    share: float  # what each group counts, so that the mean over micro-steps and processes is that over all groups
    pivots: bool = True  # whether each group's pivot is drawn in any case

    @property
    def cells(self) -> list[tuple[PromptGroup, str]]:
        """The prompts drawn, group by group."""
        return [(group, tag) for group in self.groups for tag in self.tags_of(group)]

    def tags_of(self, group: PromptGroup) -> list[str]:
        """The languages drawn of a group, in their order."""
        there = self.tags[group.id]
        return [tag for tag in self.languages if tag in there]

    def dealt(self, turn: Turn) -> Draw:
        """What of a whole step's draw a micro-step on one process sees."""
        if not self.groups:
            return self
        parts = turn.micro_steps * turn.world_size
        mine = self.groups[turn.micro_step * turn.world_size + turn.rank :: parts]
        # A language of no prompt in this part would only add absent rows; the pivot stays, the objective points at it.
        there = {self.groups[0].pivot}.union(*(self.tags[group.id] for group in mine))
        languages = [tag for tag in self.languages if tag in there]
        return self._replace(groups=mine, languages=languages, share=parts / len(self.groups))


class Portion(NamedTuple):
    """What the two parts of the term are over."""

    compared: Draw
    guarded: Draw

    @property
    def cells(self) -> list[tuple[PromptGroup, str]]:
        """Those compared, then those guarded."""
        return [*self.compared.cells, *self.guarded.cells]

    def nothing(self) -> Portion:
        """The same without groups."""
        return self._only([])

    def chunks(self, fits: Callable[[Sequence[tuple[PromptGroup, str]]], bool]) -> Iterator[Portion]:
        """Whole groups at a time, as many as fit.

        Args:
            fits: whether cells can be in one chunk; a group whose cells cannot has one to itself.
        """
        left = [(part, group) for part, drawn in enumerate(self) for group in drawn.groups]
        while left:
            counts = range(1, len(left) + 1)
            fitting = bisect_left(counts, True, key=lambda count: not fits(self._only(left[:count]).cells))
            count = max(1, fitting)
            yield self._only(left[:count])
            left = left[count:]

    def _only(self, chosen: Sequence[tuple[int, PromptGroup]]) -> Portion:
        """Some of the groups, each with its part."""
        compared, guarded = ([group for part, group in chosen if part == which] for which in range(2))
        return Portion(self.compared._replace(groups=compared), self.guarded._replace(groups=guarded))


def together(portions: Sequence[Portion], languages: Sequence[str]) -> tuple[Portion, list[int]]:
    """The portions of all processes as one, and where its cells are among theirs, one process after another.

    Args:
        portions: by rank.
        languages: all there are, in order.
    """
    parts: list[Draw] = []
    places: list[int] = []
    sizes = [[len(drawn.cells) for drawn in portion] for portion in portions]
    starts = [sum(map(sum, sizes[:rank])) for rank in range(len(portions))]
    for part in range(2):
        draws = [portion[part] for portion in portions]
        groups = [group for drawn in draws for group in drawn.groups]
        seen = {tag for drawn in draws if drawn.groups for tag in drawn.languages}
        pivot = groups[0].pivot if groups else ""
        tags = [tag for tag in languages if tag == pivot] + [t for t in languages if t in seen and t != pivot]
        drawn_of = {group.id: drawn.tags[group.id] for drawn in draws for group in drawn.groups}
        share = max(drawn.share for drawn in draws) / len(portions)
        parts.append(Draw(groups, tags, drawn_of, share, draws[0].pivots))
        for start, size in zip(starts, sizes, strict=True):
            begin = start + sum(size[:part])
            places += range(begin, begin + size[part])
    return Portion(*parts), places


def draw_step(
    groups: Sequence[PromptGroup],
    languages: Sequence[str],
    turn: Turn,
    *,
    groups_per_step: int | None,
    least_each: int = 1,
    languages_per_step: int | None,
    pivots: bool = True,
    seed: int,
) -> Draw:
    """All groups of a turn's optimizer step, and the languages drawn of each; :meth:`Draw.dealt` gives a turn its part.

    How a step is cut into micro-steps and processes thus changes nothing in what it sees.

    Args:
        groups: to draw from.
        languages: all there are.
        turn: a micro-step of the step, on any process.
        groups_per_step: in all micro-steps and processes together; None: 8, or ``least_each`` for each of these if that
            is more.
        least_each: how many a micro-step needs at least.
        languages_per_step: of each group, its pivot included, each of its others with the same chance; None: all.
        pivots: whether each group's pivot is drawn in any case; else it has the same chance as the others.
        seed: of the draw.
    """
    parts = turn.micro_steps * turn.world_size
    count = min(groups_per_step or max(GROUPS_PER_STEP, least_each * parts), len(groups))
    if not count:
        return Draw([], [], {}, 0.0)
    step = Turn(turn.step)
    of_step = [groups[index] for index in sample_indices(len(groups), count, seed, step)]
    tags = {
        group.id: _some_of(group.languages, group.pivot if pivots else None, languages_per_step, group.id, seed, step)
        for group in of_step
    }
    return Draw(of_step, sample_languages(languages, of_step[0].pivot, None, seed, step), tags, 1 / count, pivots)


@lru_cache(maxsize=4096)  # a step is looked at more than once, and on each process for all of them
def _some_of(own: Sequence[str], pivot: str | None, count: int | None, name: str, seed: int, step: Turn) -> Set[str]:
    """Some of a group's own languages: of all, a group in few of them would be left out of many steps.

    The seed is the group's, whatever other groups there are: else all of a step would lack the same languages.
    """
    if pivot is None and count is not None:
        pivot, count = "", count + 1  # no language has this tag, so that all have the same chance
    return frozenset(sample_languages(own, pivot or "", count, number_of(name, seed), step))


def by_group(states: Tensor, drawn: Draw) -> tuple[Tensor, Tensor]:
    """(layers, cells, hidden) as (layers, groups, languages, hidden), zero for absent cells; and which are there.

    Args:
        states: of ``drawn.cells``, in their order.
        drawn: at least one group.

    Returns:
        The states, and a mask (groups, languages).
    """
    there = [[tag in drawn.tags[group.id] for tag in drawn.languages] for group in drawn.groups]
    mask = torch.tensor(there, device=states.device)
    full = states.new_zeros(states.size(0), *mask.shape, states.size(-1))
    full[:, mask] = states
    return full, mask


def group_means(values: Tensor, drawn: Draw) -> Tensor:
    """Means over each group's cells by their weights, (groups,), of values by cell, (cells,).

    0 for a group whose weights are all 0. Where some of a group's languages were drawn they stand for all of them;
    where the pivot is drawn in any case, the others stand for all others. On average over the draws the mean is that
    over all the group's cells.
    """
    counts = [_count(group, tag, drawn) * group.weights.get(tag, 1.0) for group, tag in drawn.cells]
    full, _ = by_group((values.new_tensor(counts) * values)[None, :, None], drawn)
    total = [sum(group.weights.get(tag, 1.0) for tag in group.prompts) for group in drawn.groups]
    return full[0, :, :, 0].sum(-1) / values.new_tensor(total).clamp_min(torch.finfo(values.dtype).tiny)


def _count(group: PromptGroup, tag: str, drawn: Draw) -> float:
    """How many of the group's cells one that was drawn stands for."""
    if not drawn.pivots:
        return len(group.prompts) / len(drawn.tags[group.id])
    if tag == group.pivot:
        return 1.0
    others = len(group.prompts) - (group.pivot in group.prompts)
    return others / (len(drawn.tags[group.id]) - (group.pivot in group.prompts))
