"""How much is held at once next to the representations: they are gone through in float64, block by block.

What an objective holds is one matrix of cosines and a block of rows, together a small share of the representations and
their gradient.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import torch
from torch import Tensor

SHARE = 0.045  # of the representations and their gradient, what may be held next to them ...
LEAST = {"cpu": 1 << 22}  # ... or so many bytes, or a quarter of the cosines, where that is more: small ones go whole
LEAST_ELSEWHERE = 1 << 24


def budget(z: Tensor, other_values: int, copies: int) -> int:
    """How many values of a block may be held in float64, ``copies`` times at once, next to so many ``other_values``."""
    both, held = 2 * z.numel() * z.element_size(), 8 * other_values
    allowed = max(SHARE * both - held, held / 4, LEAST.get(z.device.type, LEAST_ELSEWHERE))
    return int(allowed / (8 * copies))


def wide(z: Tensor, present: Tensor | None, block: slice, part: slice) -> Tensor:
    """Some groups and dimensions in float64; rows that are not ``present``, whatever stands in them, as zeros."""
    x = z[block, :, part].to(torch.float64, copy=True)
    return x if present is None else x.masked_fill_(~present[block].unsqueeze(-1), 0.0)


def blocks(z: Tensor, other_values: int, *, copies: int = 1) -> Iterator[tuple[slice, list[slice]]]:
    """Groups whose rows fit into the budget together, each with the parts of the dimensions to go through."""
    groups, languages, dim = z.shape
    allowed = budget(z, other_values, copies)
    together = max(1, allowed // max(1, languages * dim))
    parts = max(1, math.ceil(languages * dim / max(1, allowed)))
    width = max(1, math.ceil(dim / parts))
    columns = [slice(start, min(start + width, dim)) for start in range(0, dim, width)]
    for start in range(0, groups, together):
        yield slice(start, min(start + together, groups)), columns


def columns(z: Tensor, other_values: int, *, copies: int = 1) -> Iterator[slice]:
    """Parts of the dimensions in which the rows of all groups fit into the budget together."""
    groups, languages, dim = z.shape
    width = max(1, budget(z, other_values, copies) // max(1, groups * languages))
    for start in range(0, dim, width):
        yield slice(start, min(start + width, dim))


def few_groups(z: Tensor, other_values: int, *, copies: int) -> Iterator[slice]:
    """Groups whose share of the ``other_values`` fits into the budget so many times."""
    groups = z.size(0)
    together = max(1, budget(z, other_values, copies) // max(1, other_values // max(1, groups)))
    for start in range(0, groups, together):
        yield slice(start, min(start + together, groups))
