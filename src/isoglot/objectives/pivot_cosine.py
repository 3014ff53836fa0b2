"""Each language's representation points where the pivot's does."""

from __future__ import annotations

import torch
from torch import Tensor

from ..errors import ConfigError, problem
from ._rows import rows


def pivot_cosine(
    z: Tensor,
    *,
    pivot: int = 0,
    detach_pivot: bool = True,
    weights: Tensor | None = None,
    mask: Tensor | None = None,
) -> Tensor:
    r"""Mean distance in angle of each language's row from the pivot's.

    .. math:: \frac{1}{\sum_{l \ne p} w_l} \sum_{l \ne p} w_l \, (1 - \cos(z_l, z_p))

    Unlike ``rank_one`` it tells ``v`` from ``-v``, and with the pivot detached it leaves the language that alignment
    works on alone: the others come to it. Like ``rank_one`` it says nothing between groups.

    Args:
        z: representations, (groups, languages, dim), any float dtype; rows need not have unit length.
        pivot: index of the pivot's row.
        detach_pivot: whether the pivot's row is a target only (no gradient).
        weights: importance of each row, (groups, languages), >= 0; the pivot's is not used. None: all alike.
        mask: which rows are there, (groups, languages) bool. None: all.

    Returns:
        One value per group, (groups,), float32 or wider, in [0, 2]; 0 where the pivot or every other row is absent.

    Raises:
        ConfigError: for a pivot outside the languages.
        ValueError: for wrong shapes or weights.

    Example:
        >>> right_angle = torch.tensor([[[1.0, 0.0], [0.0, 3.0]]])
        >>> pivot_cosine(right_angle).item()
        1.0
    """
    if not -z.size(1) <= pivot < z.size(1):
        raise ConfigError(problem("pivot", f"an index of {z.size(1)} languages", pivot))
    pivot %= z.size(1)
    others = torch.arange(z.size(1), device=z.device) != pivot
    if weights is not None:  # the pivot's own weight says nothing about the others
        weights = torch.where(others, weights, torch.ones_like(weights))
    unit, present, share = rows(z, weights, mask)
    target = unit[:, pivot]
    if detach_pivot:
        target = target.detach()
    cosine = torch.einsum("gld,gd->gl", unit, target)
    share = share * (others & present & present[:, pivot : pivot + 1])
    return (share * (1 - cosine)).sum(-1) / share.sum(-1).clamp_min(torch.finfo(share.dtype).tiny)
