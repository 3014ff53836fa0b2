"""Each language's representation is where the pivot's is."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from ._blocks import blocks, wide
from ._pivot import others_than, pivot_index
from ._registry import objective
from ._rows import check_lengths, rows


@objective
def pivot_distance(
    z: Tensor,
    *,
    pivot: int = 0,
    detach_pivot: bool = True,
    weights: Tensor | None = None,
    mask: Tensor | None = None,
    center: bool | str = False,
) -> Tensor:
    r"""Mean squared distance of each language's row from the pivot's, by dimension.

    .. math:: \frac{1}{\sum_{l \ne p} w_l} \sum_{l \ne p} w_l \, \frac{1}{D} \|z_l - z_p\|^2

    Unlike the other objectives it compares positions, not directions: lengths count, so ``z`` should be in units that
    mean something. In a standardized space (``Consistency(space="standardized")``) 1 is a step of one spread in every
    coordinate, the same unit as that of the retention guard, and two unrelated prompts are about 2 apart. Where
    ``pivot_cosine`` pulls hardest at rows at right angles, this one pulls hardest at the farthest.

    Args:
        z: representations, (groups, languages, dim), any float dtype.
        pivot: index of the pivot's row.
        detach_pivot: whether the pivot's row is a target only (no gradient).
        weights: importance of each row, (groups, languages), >= 0; the pivot's is not used. None: all alike.
        mask: which rows are there, (groups, languages) bool. None: all.
        center: subtract the batch's mean first (True: nothing changes), or each language's mean (``"language"``).

    Returns:
        One value per group, (groups,), float32 or wider, >= 0; 0 where the pivot or every other row is absent.

    Raises:
        ConfigError: for a pivot outside the languages.
        DataError: for wrong shapes or weights, and for values that are not finite.

    Example:
        >>> apart = torch.tensor([[[1.0, 0.0], [0.0, 3.0]]])
        >>> pivot_distance(apart).item()  # (1 + 9) / 2
        5.0
    """
    found, pivot = rows(z, others_than(pivot, weights), mask, center), pivot_index(pivot, z)
    others = torch.arange(z.size(1), device=z.device) != pivot
    share = found.share * (others & found.present[:, pivot : pivot + 1])
    share = share / share.sum(-1, keepdim=True).clamp_min(1e-300) / max(1, z.size(-1))
    made: Tensor = _Distance.apply(found.z, found.present, share, pivot, detach_pivot)  # type: ignore[no-untyped-call]
    return made


class _Distance(torch.autograd.Function):
    """Sums of squares in float64, block by block: no copy of the rows is held."""

    @staticmethod
    def forward(ctx: Any, z: Tensor, present: Tensor, share: Tensor, pivot: int, detach_pivot: bool) -> Tensor:
        seen = None if bool(present.all()) else present
        squares, lengths = torch.zeros_like(share), torch.zeros_like(share)
        for block, parts in blocks(z, 3 * share.numel(), copies=2):
            for part in parts:
                x = wide(z, seen, block, part)
                lengths[block] += x.square().sum(-1)
                squares[block] += (x - x[:, pivot : pivot + 1]).square_().sum(-1)
        check_lengths(lengths)
        ctx.save_for_backward(z, seen, share)
        ctx.pivot, ctx.detach_pivot = pivot, detach_pivot
        value = (share * squares).sum(-1)
        return value if z.dtype == torch.float64 else value.float()

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *upstream: Tensor) -> tuple[Tensor, None, None, None, None]:
        z, seen, share = ctx.saved_tensors
        pivot, grad = ctx.pivot, torch.empty_like(z)
        slope = (2 * share * upstream[0].double().unsqueeze(-1)).unsqueeze(-1)
        for block, parts in blocks(z, 3 * share.numel(), copies=2):
            for part in parts:
                x = wide(z, seen, block, part)
                x.sub_(x[:, pivot : pivot + 1].clone()).mul_(slope[block])
                x[:, pivot] = 0 if ctx.detach_pivot else -x.sum(1)
                grad[block, :, part] = x
        return grad, None, None, None, None
