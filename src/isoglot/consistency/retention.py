"""The retention guard: guarded prompts keep the representations that they had before training."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor

from ..groups import PromptGroup, PromptGroups
from ..groups.sampling import number_of
from ..representation import Space


def guarded_groups(groups: PromptGroups, retain: str | float, seed: int) -> list[PromptGroup]:
    """The groups whose representations are to stay.

    Args:
        groups: all groups.
        retain: ``"harmless"``, or a share of all groups, above 0 and below 1,, chosen by a hash of their ids.
        seed: of that choice.
    """
    if retain == "harmless":
        return [group for group in groups if group.kind == "harmless"]
    return [group for group in groups if number_of(group.id, seed) / 2**64 < float(retain)]


def drift(states: Tensor, before: Tensor, space: Space | None = None) -> Tensor:
    r"""How far states have moved from where they were, squared.

    Args:
        states: (layers, cells, hidden size), now.
        before: the same, before training.
        space: where to look; None: at the states themselves.

    Returns:
        (cells,), >= 0, averaged over the layers. In a space the mean over its coordinates, so 1 is a step of one
        spread in each; else relative to the squared length before, where a loud coordinate hides what others do.
    """
    moved = states - before
    if space is not None:
        return space.of_differences(moved).square().mean((0, 2))
    return (moved.square().sum(-1) / before.square().sum(-1).clamp_min(1e-30)).mean(0)


def without(groups: Sequence[PromptGroup], left_out: Sequence[PromptGroup]) -> list[PromptGroup]:
    """The groups less some of them, by id."""
    ids = {group.id for group in left_out}
    return [group for group in groups if group.id not in ids]
