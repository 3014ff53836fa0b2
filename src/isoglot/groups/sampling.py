"""Which groups and languages a step sees: a pure function of seed, step, micro-step and rank."""

from __future__ import annotations

import functools
import hashlib
import random
from collections.abc import Sequence
from typing import NamedTuple


class Turn(NamedTuple):
    """One draw: which step of training, which micro-step within it, on which of how many processes.

    Attributes:
        step: optimizer step, from 0.
        micro_step: from 0, of ``micro_steps`` that are accumulated.
        micro_steps: how many the step has.
        rank: the process, from 0, of ``world_size``.
        world_size: how many processes share the step.
    """

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

    The draws walk through one order of all groups after another, so that every group comes up once before any comes
    up twice, over all steps, micro-steps and processes; in one step none does, unless the step is larger than all
    groups. Nothing is stored: a resumed run sees the same groups, and so does one on another number of processes that
    draws as many in a step.

    Args:
        total: number of groups.
        count: groups in a draw; at most ``total`` are given.
        seed: of the orders.
        turn: which draw.
    """
    count = min(count, total)
    if not count:
        return []
    per_step = count * turn.micro_steps * turn.world_size
    window = per_step if per_step <= total else count  # so many in a row must differ
    first = turn.number * count
    return [_order(total, window, seed, at // total)[at % total] for at in range(first, first + count)]


@functools.lru_cache(maxsize=8)
def _order(total: int, window: int, seed: int, epoch: int) -> list[int]:
    """The order of one epoch: shuffled, and such that no window across its beginning holds a group twice.

    What ended the epoch before is kept out of the beginning by exchanges with the middle, which leave the end, and so
    the epoch after, as it is. Where the window is too large for that, all epochs have one order.
    """
    reach = window - 1
    if total % window == 0:
        return _shuffled(total, seed, epoch)  # no window lies across
    if 3 * reach > total:
        return _shuffled(total, seed, 0)
    order = _shuffled(total, seed, epoch)
    if epoch:
        late = set(_shuffled(total, seed, epoch - 1)[total - reach :])
        others = (place for place in range(reach, total - reach) if order[place] not in late)
        for place in range(reach):
            if order[place] in late:
                other = next(others)
                order[place], order[other] = order[other], order[place]
    return order


def _shuffled(total: int, seed: int, epoch: int) -> list[int]:
    return random.Random(f"{seed}/{epoch}").sample(range(total), total)


def number_of(name: str, seed: int) -> int:
    """A number in [0, 2**64) that a name has by itself, whatever others there are."""
    return int.from_bytes(hashlib.sha256(f"{seed}/{name}".encode()).digest()[:8], "big")


def sample_languages(languages: Sequence[str], pivot: str, count: int | None, seed: int, turn: Turn) -> list[str]:
    """Languages of one draw, the pivot always among them and first.

    Args:
        languages: all there are.
        pivot: the language aligned in.
        count: how many, the pivot included, each of the others with the same chance; None: all.
        seed: of the choice.
        turn: which draw.
    """
    others = [tag for tag in languages if tag != pivot]
    if count is not None and count - 1 < len(others):
        chosen = set(random.Random(f"{seed}/languages/{turn.number}").sample(others, max(count - 1, 0)))
        others = [tag for tag in others if tag in chosen]
    return [tag for tag in languages if tag == pivot] + others
