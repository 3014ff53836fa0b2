"""What one micro-step on one process sees of an optimizer step's groups."""

from __future__ import annotations

from collections.abc import Sequence
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
