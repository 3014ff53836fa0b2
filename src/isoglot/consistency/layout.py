"""Cells one after another, and the same as groups by languages."""

from __future__ import annotations

import torch
from torch import Tensor

from ..groups import PromptGroup
from .draw import Draw


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
    """Means over each group's cells, (groups,), of values by cell, (cells,).

    Where some of a group's languages were drawn they stand for all of them; where the pivot is drawn in any case, the
    others stand for all others. On average over the draws the mean is that over all the group's cells.
    """
    counts = [[_count(group, tag, drawn) for tag in drawn.tags_of(group)] for group in drawn.groups]
    weights = values.new_tensor([count for of_group in counts for count in of_group])
    full, _ = by_group((weights * values)[None, :, None], drawn)
    return full[0, :, :, 0].sum(-1) / values.new_tensor([len(group.prompts) for group in drawn.groups])


def _count(group: PromptGroup, tag: str, drawn: Draw) -> float:
    """How many of the group's cells one that was drawn stands for."""
    if not drawn.pivots:
        return len(group.prompts) / len(drawn.tags[group.id])
    if tag == group.pivot:
        return 1.0
    others = len(group.prompts) - (group.pivot in group.prompts)
    return others / (len(drawn.tags[group.id]) - (group.pivot in group.prompts))
