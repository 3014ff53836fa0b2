"""What one micro-step on one process sees of an optimizer step's groups, and how that is cut into chunks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from ..groups import PromptGroup
from ..groups.sampling import Turn, sample_indices, sample_languages

GROUPS_PER_STEP = 8


class Draw(NamedTuple):
    """Groups and languages of one micro-step on one process."""

    groups: list[PromptGroup]
    languages: list[str]  # of all groups of the step, the pivot first
    share: float  # what each group counts, so that the mean over micro-steps and processes is that over all groups

    @property
    def cells(self) -> list[tuple[PromptGroup, str]]:
        """Group by group, the prompts there are in the languages drawn."""
        return [(group, tag) for group in self.groups for tag in self.languages if tag in group.prompts]


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
        return self._only([], [])

    def chunks(self, size: Callable[[PromptGroup, str], int], most: int) -> Iterator[Portion]:
        """Whole groups at a time, as many as fit.

        Args:
            size: tokens of a cell.
            most: tokens in a chunk; a group with more has one to itself.
        """
        taken: tuple[list[PromptGroup], list[PromptGroup]] = ([], [])
        held = 0
        for part, drawn in enumerate(self):
            for group in drawn.groups:
                tokens = sum(size(group, tag) for tag in drawn.languages if tag in group.prompts)
                if held and held + tokens > most:
                    yield self._only(*taken)
                    taken, held = ([], []), 0
                taken[part].append(group)
                held += tokens
        if held:
            yield self._only(*taken)

    def _only(self, compared: list[PromptGroup], guarded: list[PromptGroup]) -> Portion:
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
        parts.append(Draw(groups, tags, max(drawn.share for drawn in draws) / len(portions)))
        for start, size in zip(starts, sizes, strict=True):
            begin = start + sum(size[:part])
            places += range(begin, begin + size[part])
    return Portion(*parts), places


def draw(
    groups: Sequence[PromptGroup],
    languages: Sequence[str],
    turn: Turn,
    *,
    groups_per_step: int | None,
    least_each: int = 1,
    languages_per_step: int | None,
    seed: int,
) -> Draw:
    """The groups of a turn: those of its optimizer step, dealt out over micro-steps and processes.

    How a step is cut into micro-steps and processes thus changes nothing in which groups it sees.

    Args:
        groups: to draw from.
        languages: all there are.
        turn: which micro-step of which step, on which process.
        groups_per_step: in all micro-steps and processes together; None: 8, or ``least_each`` for each of these if that
            is more.
        least_each: how many a micro-step needs at least.
        languages_per_step: the pivot included; None: all.
        seed: of the draw.
    """
    parts = turn.micro_steps * turn.world_size
    part = turn.micro_step * turn.world_size + turn.rank
    count = min(groups_per_step or max(GROUPS_PER_STEP, least_each * parts), len(groups))
    if not count:
        return Draw([], [], 0.0)
    of_step = [groups[index] for index in sample_indices(len(groups), count, seed, Turn(turn.step))]
    pivot = of_step[0].pivot
    tags = sample_languages(languages, pivot, languages_per_step, seed, Turn(turn.step))
    mine = of_step[part::parts]
    # A language of no prompt in this draw would only add absent rows; the pivot stays, the objective points at it.
    tags = [tag for tag in tags if tag == pivot or any(tag in group.prompts for group in mine)]
    # With some languages only, a group may have none of them: it is not there.
    return Draw([group for group in mine if any(tag in group.prompts for tag in tags)], tags, parts / count)
