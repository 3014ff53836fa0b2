"""Each language's representation is nearer to its own pivot than to other prompts' pivots."""

from __future__ import annotations

import torch
from torch import Tensor

from ._cosines import of_cosines_across
from ._pivot import others_than, pivot_index
from ._registry import objective
from ._rows import check_temperature, rows


@objective(between_prompts=True)
def info_nce(
    z: Tensor,
    *,
    temperature: float = 0.2,
    pivot: int = 0,
    detach_pivot: bool = True,
    weights: Tensor | None = None,
    mask: Tensor | None = None,
    center: bool | str = False,
) -> Tensor:
    r"""Contrast of each language's row with the pivot rows of all groups of the batch.

    .. math:: \frac{1}{\sum_{l \ne p} w_l} \sum_{l \ne p} w_l \,
        \left( -\log \frac{\exp(\cos(z_{gl}, z_{gp})/\tau)}{\sum_h \exp(\cos(z_{gl}, z_{hp})/\tau)} \right)

    Source: InfoNCE (arXiv 1807.03748), for parallel prompts as in mid-align (arXiv 2502.14830). It is the one
    objective here that itself keeps different prompts apart. A group alone in its batch has nothing to contrast with:
    its value is 0.

    Args:
        z: representations, (groups, languages, dim), any float dtype; rows need not have unit length.
        temperature: tau > 0.
        pivot: index of the pivot's row.
        detach_pivot: whether pivots' rows are targets only (no gradient).
        weights: importance of each row, (groups, languages), >= 0; the pivot's is not used. None: all alike.
        mask: which rows are there, (groups, languages) bool. None: all.
        center: subtract the batch's mean first (True), or each language's mean (``"language"``).

    Returns:
        One value per group, (groups,), float32 or wider, >= 0; 0 where the pivot or every other row is absent. A row
        of zeros has cosine 0 with all others, and gets no gradient.

    Raises:
        ConfigError: for a pivot outside the languages or a temperature that is not positive.
        DataError: for wrong shapes or weights, and for values that are not finite.

    Example:
        >>> two = torch.tensor([[[1.0, 0.0], [1.0, 0.0]], [[0.0, 1.0], [0.0, 1.0]]])
        >>> round(info_nce(two, temperature=1.0)[0].item(), 4)  # -log(e / (e + 1))
        0.3133
    """
    check_temperature(temperature)
    found, pivot = rows(z, others_than(pivot, weights), mask, center), pivot_index(pivot, z)
    others = torch.arange(z.size(1), device=z.device) != pivot
    there = found.present[:, pivot]

    def contrast(cosines: Tensor, share: Tensor, own: Tensor) -> Tensor:
        to_own = cosines.gather(-1, own[:, None, None].expand(-1, cosines.size(1), 1)).squeeze(-1)
        # A group without its pivot counts nothing; its own cosine keeps the sum from being empty.
        counted = there | (torch.arange(z.size(0), device=z.device) == own.unsqueeze(-1))
        logits = (cosines / temperature).masked_fill(~counted.unsqueeze(1), -torch.inf)
        share = share * (others & there[own].unsqueeze(-1))
        return (share * (logits.logsumexp(-1) - to_own / temperature)).sum(-1) / share.sum(-1).clamp_min(1e-300)

    return of_cosines_across(contrast, found, pivot, detach_pivot=detach_pivot)
