"""Each language's representation points where the pivot's does."""

from __future__ import annotations

import torch
from torch import Tensor

from ._cosines import of_cosines
from ._pivot import others_than, pivot_index
from ._registry import objective
from ._rows import rows


@objective
def pivot_cosine(
    z: Tensor,
    *,
    pivot: int = 0,
    detach_pivot: bool = True,
    weights: Tensor | None = None,
    mask: Tensor | None = None,
    center: bool | str = False,
) -> Tensor:
    r"""Mean distance in angle of each language's row from the pivot's.

    .. math:: \frac{1}{\sum_{l \ne p} w_l} \sum_{l \ne p} w_l \, (1 - \cos(z_l, z_p))

    Unlike ``rank_one`` it distinguishes ``v`` from ``-v``, and with the pivot detached it leaves the language that
    alignment works on alone: the others come to it. Like ``rank_one`` it says nothing between groups; ``info_nce``
    does.

    Args:
        z: representations, (groups, languages, dim), any float dtype; rows need not have unit length.
        pivot: index of the pivot's row.
        detach_pivot: whether the pivot's row is a target only (no gradient).
        weights: importance of each row, (groups, languages), >= 0; the pivot's is not used. None: all alike.
        mask: which rows are there, (groups, languages) bool. None: all.
        center: subtract the batch's mean first (True), or each language's mean (``"language"``).

    Returns:
        One value per group, (groups,), float32 or wider, in [0, 2]; 0 where the pivot or every other row is absent. A
        row of zeros has cosine 0 with all others, and gets no gradient.

    Raises:
        ConfigError: for a pivot outside the languages.
        DataError: for wrong shapes or weights, and for values that are not finite.

    Example:
        >>> right_angle = torch.tensor([[[1.0, 0.0], [0.0, 3.0]]])
        >>> pivot_cosine(right_angle).item()
        1.0
    """
    found, pivot = rows(z, others_than(pivot, weights), mask, center), pivot_index(pivot, z)
    others = torch.arange(z.size(1), device=z.device) != pivot

    def distance(cosines: Tensor, share: Tensor, present: Tensor) -> Tensor:
        share = share * (others & present[:, pivot : pivot + 1])
        return (share * (1 - cosines[:, pivot])).sum(-1) / share.sum(-1).clamp_min(1e-300)

    return of_cosines(distance, found, held=~others if detach_pivot else None)
