"""All languages' representations of a prompt point the same way, pair by pair."""

from __future__ import annotations

from torch import Tensor

from ._cosines import of_cosines
from ._registry import objective
from ._rows import rows


@objective
def pairwise_cosine(
    z: Tensor,
    *,
    weights: Tensor | None = None,
    mask: Tensor | None = None,
    center: bool | str = False,
) -> Tensor:
    r"""Mean distance in angle over all pairs of languages.

    .. math:: \frac{\sum_{i \ne j} w_i w_j \, (1 - \cos(z_i, z_j))}{\sum_{i \ne j} w_i w_j}

    No language leads: the pivot moves as much as the others, unlike in ``pivot_cosine``.

    Args:
        z: representations, (groups, languages, dim), any float dtype; rows need not have unit length.
        weights: importance of each row, (groups, languages), >= 0. None: all alike.
        mask: which rows are there, (groups, languages) bool. None: all.
        center: subtract the batch's mean first (True), or each language's mean (``"language"``).

    Returns:
        One value per group, (groups,), float32 or wider, in [0, 2]; 0 for a group with fewer than two rows. A row of
        zeros has cosine 0 with all others, and gets no gradient.

    Raises:
        DataError: for wrong shapes or weights, and for values that are not finite.

    Example:
        >>> import torch
        >>> right_angle = torch.tensor([[[1.0, 0.0], [0.0, 3.0]]])
        >>> pairwise_cosine(right_angle).item()
        1.0
    """

    def distance(cosines: Tensor, share: Tensor, _present: Tensor) -> Tensor:
        pairs = share.unsqueeze(-1) * share.unsqueeze(-2)
        pairs = pairs - pairs.diagonal(dim1=-2, dim2=-1).diag_embed()
        return (pairs * (1 - cosines)).sum((-1, -2)) / pairs.sum((-1, -2)).clamp_min(1e-300)

    return of_cosines(distance, rows(z, weights, mask, center))
