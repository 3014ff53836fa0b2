"""How alike a group's representations are: its spectrum and its angles, for logs, probes and reports."""

from __future__ import annotations

import torch
from torch import Tensor

from ..objectives._rows import rows


@torch.no_grad()
def singular_values(z: Tensor, mask: Tensor | None = None) -> Tensor:
    """Singular values of each group's unit rows, (groups, languages), descending, from the Gram matrix of the rows.

    Args:
        z: (groups, languages, dim), any float dtype.
        mask: (groups, languages) bool, which rows are there; an absent row adds a zero.
    """
    unit = rows(z, None, mask).unit
    return torch.linalg.eigvalsh(unit @ unit.mT).clamp_min(0).sqrt().flip(-1)


def leading_share(z: Tensor, mask: Tensor | None = None) -> Tensor:
    """Share of the leading singular value in the sum of squares, (groups,), from 1/languages to 1 (rank one)."""
    return _leading_share(singular_values(z, mask))


def effective_rank(z: Tensor, mask: Tensor | None = None) -> Tensor:
    """Exponential of the entropy of the squared spectrum, (groups,), from 1 (rank one) to the number of rows."""
    return _effective_rank(singular_values(z, mask))


@torch.no_grad()
def min_cosine(z: Tensor, mask: Tensor | None = None) -> Tensor:
    """Least cosine between two rows of a group, (groups,), -1 to 1: rank one with a negative one is not agreement."""
    unit, present, _ = rows(z, None, mask)
    cosine = unit @ unit.mT
    both = present.unsqueeze(-1) & present.unsqueeze(-2)
    return cosine.masked_fill(~both, torch.inf).amin((-1, -2)).clamp(max=1.0)


@torch.no_grad()
def between_cosine(z: Tensor, mask: Tensor | None = None) -> Tensor:
    """Mean cosine between the mean rows of different groups, a scalar: near 1 says that all prompts have collapsed.

    NaN for fewer than two groups.
    """
    center = torch.nn.functional.normalize(rows(z, None, mask).unit.sum(1), dim=-1)
    groups = center.size(0)
    if groups < 2:
        return torch.full((), torch.nan, dtype=center.dtype, device=center.device)
    return ((center @ center.T).sum() - center.square().sum()) / (groups * (groups - 1))


def monitor(z: Tensor, raw: Tensor, mask: Tensor | None = None) -> dict[str, float]:
    """What a training log watches, as means over the groups.

    Args:
        z: what the objective compares, (groups, languages, dim).
        raw: the hidden states it is made of, (groups, languages, hidden size).
        mask: which rows are there.

    Returns:
        ``leading_share`` of z; ``leading_share_raw``, ``effective_rank``, ``min_cosine`` and ``between_cosine`` of the
        hidden states, which an extractor cannot embellish.
    """
    s = singular_values(raw, mask)
    return {
        "leading_share": leading_share(z, mask).mean().item(),
        "leading_share_raw": _leading_share(s).mean().item(),
        "effective_rank": _effective_rank(s).mean().item(),
        "min_cosine": min_cosine(raw, mask).mean().item(),
        "between_cosine": between_cosine(raw, mask).item(),
    }


def _leading_share(s: Tensor) -> Tensor:
    s2 = s.square()
    return s2[:, 0] / s2.sum(-1).clamp_min(torch.finfo(s2.dtype).tiny)


def _effective_rank(s: Tensor) -> Tensor:
    s2 = s.square()
    p = s2 / s2.sum(-1, keepdim=True).clamp_min(torch.finfo(s2.dtype).tiny)
    return torch.special.entr(p).sum(-1).exp()
