"""The retention guard: guarded prompts keep the representations that they had before training."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor

from ..groups import PromptGroup, PromptGroups
from ..groups.sampling import number_of


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


def drift(states: Tensor, before: Tensor) -> Tensor:
    """Squared distance of states from where they were, relative to their squared length there.

    Args:
        states: (layers, cells, hidden size), now.
        before: the same, before training.

    Returns:
        (cells,), >= 0, averaged over the layers.
    """
    return ((states - before).square().sum(-1) / before.square().sum(-1).clamp_min(1e-30)).mean(0)


def without(groups: Sequence[PromptGroup], left_out: Sequence[PromptGroup]) -> list[PromptGroup]:
    """The groups less some of them, by id."""
    ids = {group.id for group in left_out}
    return [group for group in groups if group.id not in ids]
