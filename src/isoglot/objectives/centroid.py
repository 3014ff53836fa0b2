"""All languages' representations of a prompt point where their mean does."""

from __future__ import annotations

import torch
from torch import Tensor

from ._cosines import of_cosines
from ._registry import objective
from ._rows import rows


@objective
def centroid(
    z: Tensor,
    *,
    weights: Tensor | None = None,
    mask: Tensor | None = None,
    center: bool | str = False,
) -> Tensor:
    r"""Mean distance in angle of each language's row from the mean of the unit rows.

    .. math:: \frac{1}{\sum_l w_l} \sum_l w_l \, (1 - \cos(z_l, c)), \qquad c = \sum_l w_l \, z_l / \|z_l\|

    It equals one minus the length of the mean row, so it is 0 exactly when all rows point the same way. Where
    ``pairwise_cosine`` looks at that length squared, this one keeps pulling at the last few degrees.

    Args:
        z: representations, (groups, languages, dim), any float dtype; rows need not have unit length.
        weights: importance of each row, (groups, languages), >= 0. None: all alike.
        mask: which rows are there, (groups, languages) bool. None: all.
        center: subtract the batch's mean first (True), or each language's mean (``"language"``).

    Returns:
        One value per group, (groups,), float32 or wider, in [0, 1]; 0 for a group with fewer than two rows. A row of
        zeros adds nothing to the mean, and gets no gradient.

    Raises:
        DataError: for wrong shapes or weights, and for values that are not finite.

    Example:
        >>> opposite = torch.tensor([[[1.0, 0.0], [-2.0, 0.0]]])
        >>> centroid(opposite).item()
        1.0
    """

    def distance(cosines: Tensor, share: Tensor, present: Tensor) -> Tensor:
        square = torch.einsum("gij,gi,gj->g", cosines, share, share)
        length = square.clamp_min(1e-24).sqrt()  # rows that cancel have no mean direction, and no gradient
        value = 1 - length / share.sum(-1).clamp_min(1e-300)
        return torch.where(present.sum(-1) >= 2, value, torch.zeros_like(value)).clamp_min(0)

    return of_cosines(distance, rows(z, weights, mask, center))
