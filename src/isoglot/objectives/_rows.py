"""What every objective does first: checks, float32, unit rows, weights."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor


class Rows(NamedTuple):
    """Unit rows of each group and what counts of them. Shapes: G groups, L languages, D dimensions."""

    unit: Tensor  # (G, L, D) float32 or wider; rows of length 1, absent rows 0
    present: Tensor  # (G, L) bool
    share: Tensor  # (G, L); sums to the number of present rows of its group; 1 each without weights


def rows(z: Tensor, weights: Tensor | None, mask: Tensor | None) -> Rows:
    """Normalises ``z`` and turns ``weights`` and ``mask`` into shares.

    Raises:
        ValueError: for a wrong shape, a weight that is negative or not finite.
    """
    if z.dim() != 3:
        raise ValueError(f"z: expected shape (groups, languages, dim), got {tuple(z.shape)}.")
    z = z if z.dtype == torch.float64 else z.float()
    for name, value in (("weights", weights), ("mask", mask)):
        if value is not None and value.shape != z.shape[:2]:
            raise ValueError(f"{name}: expected shape {tuple(z.shape[:2])}, got {tuple(value.shape)}.")
    present = torch.ones(z.shape[:2], dtype=torch.bool, device=z.device) if mask is None else mask.bool()
    share = present.to(z.dtype)
    if weights is not None:
        if not bool(torch.isfinite(weights).all()) or bool((weights < 0).any()):
            raise ValueError("weights: expected finite values >= 0, got a negative or non-finite one.")
        share = share * weights.to(z.dtype)
        present = share > 0
        total = share.sum(-1, keepdim=True).clamp_min(torch.finfo(z.dtype).tiny)
        share = share / total * present.sum(-1, keepdim=True)
    # An absent row may hold anything, infinities included: replace it rather than multiply it away.
    z = torch.where(present.unsqueeze(-1), z, torch.zeros_like(z))
    return Rows(torch.nn.functional.normalize(z, dim=-1), present, share)
