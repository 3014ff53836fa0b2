"""Which groups and languages a step sees: a pure function of seed, step, micro-step and rank."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import NamedTuple


class Turn(NamedTuple):
    """One draw: which step of training, which micro-step within it, on which of how many processes."""

    step: int
    micro_step: int = 0
    micro_steps: int = 1
    rank: int = 0
    world_size: int = 1

    @property
    def number(self) -> int:
        """The draw's number, counted over steps, micro-steps and processes."""
        return (self.step * self.micro_steps + self.micro_step) * self.world_size + self.rank


def sample_indices(total: int, count: int, seed: int, turn: Turn) -> list[int]:
    """Indices of the groups of one draw.

    The draws walk through one shuffled order after another, so that every group comes up once before any comes up
    twice (over all steps, micro-steps and processes). Nothing is stored: a resumed run sees the same groups.

    Args:
        total: number of groups.
        count: groups in a draw; at most ``total`` are given.
        seed: of the orders.
        turn: which draw.
    """
    count = min(count, total)
    if not count:
        return []
    first = turn.number * count
    chosen: list[int] = []
    for position in range(first, first + count):
        epoch, place = divmod(position, total)
        if position == first or place == 0:
            order = random.Random(f"{seed}/{epoch}").sample(range(total), total)
        # At the border of two orders a group may come twice; take the next one instead.
        candidate = next(index for index in (*order[place:], *order[:place]) if index not in chosen)
        chosen.append(candidate)
    return chosen


def sample_languages(languages: Sequence[str], pivot: str, count: int | None, seed: int, turn: Turn) -> list[str]:
    """Languages of one draw, the pivot always among them and first.

    Args:
        languages: all there are.
        pivot: the language aligned in.
        count: how many, the pivot included; None: all.
        seed: of the choice.
        turn: which draw.
    """
    others = [tag for tag in languages if tag != pivot]
    if count is not None and count - 1 < len(others):
        chosen = set(random.Random(f"{seed}/languages/{turn.number}").sample(others, max(count - 1, 0)))
        others = [tag for tag in others if tag in chosen]
    return [tag for tag in languages if tag == pivot] + others
