"""Cells one after another, and the same as groups by languages."""

from __future__ import annotations

import torch
from torch import Tensor

from .draw import Draw


def by_group(states: Tensor, drawn: Draw) -> tuple[Tensor, Tensor]:
    """(layers, cells, hidden) as (layers, groups, languages, hidden), zero for absent cells; and which are there.

    Args:
        states: of ``drawn.cells``, in their order.
        drawn: at least one group.

    Returns:
        The states, and a mask (groups, languages).
    """
    there = [[tag in group.prompts for tag in drawn.languages] for group in drawn.groups]
    mask = torch.tensor(there, device=states.device)
    full = states.new_zeros(states.size(0), *mask.shape, states.size(-1))
    full[:, mask] = states
    return full, mask


def group_means(values: Tensor, drawn: Draw) -> Tensor:
    """Means over each group's cells, (groups,), of values by cell, (cells,)."""
    full, mask = by_group(values[None, :, None], drawn)
    return full[0, :, :, 0].sum(-1) / mask.sum(-1)
