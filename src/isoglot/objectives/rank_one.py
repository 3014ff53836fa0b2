"""The paper's objective: a group's representations lie on one line."""

from __future__ import annotations

import torch
from torch import Tensor

from ..errors import ConfigError, problem
from ._cosines import of_cosines
from ._registry import objective
from ._rows import check_temperature, rows

SCALINGS = ("leading", "none")
# A singular value below this part of the first is rounding, of the input or of eigenvalues in float64: it has no
# direction, and 0 is a subgradient of it.
RESOLUTION = {torch.float64: 1e-7}
RESOLUTION_OTHERWISE = 5e-7


def equation(z: Tensor, *, temperature: float = 0.2, scaling: str = "leading") -> Tensor:
    """The paper's equation as it stands: what :func:`rank_one` computes, for reading.

    Args:
        z: (groups, languages, dim), all rows there.
        temperature: tau.
        scaling: as for :func:`rank_one`.

    Returns:
        (groups,). Use :func:`rank_one`: where rows nearly agree float32 has no digits left for this one, and it is
        slower at every size (docs/results/objective_speed.md); a test holds the two equal.
    """
    s = torch.linalg.svdvals(torch.nn.functional.normalize(z, dim=-1))
    if scaling == "leading":
        s = s / s[:, :1].detach()
    return -torch.log_softmax(s / temperature, dim=-1)[:, 0]


@objective
def rank_one(
    z: Tensor,
    *,
    temperature: float = 0.2,
    scaling: str = "leading",
    weights: Tensor | None = None,
    mask: Tensor | None = None,
    center: bool | str = False,
) -> Tensor:
    r"""Negative log share of the leading singular value of each group.

    With unit rows stacked to Z (L x D) and singular values :math:`s_1 \ge \dots \ge s_r`:

    .. math:: -\log \frac{\exp(s_1/\tau)}{\sum_j \exp(s_j/\tau)}

    Source: *Align Once, Benefit Multilingually* (arXiv 2602.16660), the loss L_MLC. It is least exactly when Z has
    rank one. That allows ``v`` next to ``-v``, and says nothing between groups: all prompts may fall onto one line.
    ``pivot_cosine`` rules out the first; ``Consistency(retention=...)`` guards against the second.

    Args:
        z: representations, (groups, languages, dim), any float dtype; rows need not have unit length.
        temperature: tau > 0. The paper's value is 0.2, its authors suggest 0.2 to 1.0.
        scaling: ``"leading"`` divides all singular values by the detached first one (the released code), ``"none"``
            uses them as they are (the paper's formula).
        weights: importance of each row, (groups, languages), >= 0, relative within a group; a row is scaled by its
            square root. None: all alike.
        mask: which rows are there, (groups, languages) bool. None: all.
        center: subtract the batch's mean first (True), or each language's mean (``"language"``).

    Returns:
        One value per group, (groups,), float32 or wider, in [0, log(min(languages, dim))]; 0 for a group with fewer
        than two rows. A row of zeros adds a singular value of 0, and gets no gradient. Where rows are collinear the
        loss has a kink, as a norm has at 0: the gradient there is the least subgradient.

    Raises:
        ConfigError: for an unknown scaling or a temperature that is not positive.
        DataError: for wrong shapes or weights, and for values that are not finite.

    Example:
        >>> line = torch.tensor([[[1.0, 0.0], [2.0, 0.0]]])
        >>> round(rank_one(line).item(), 4)  # rank one: -log(e^5 / (e^5 + e^0))
        0.0067
    """
    if scaling not in SCALINGS:
        raise ConfigError(problem("scaling", f"one of {SCALINGS}", repr(scaling)))
    check_temperature(temperature)
    found = rows(z, weights, mask, center)
    dim, resolution = z.size(-1), RESOLUTION.get(z.dtype, RESOLUTION_OTHERWISE)

    def negative_log_share(cosines: Tensor, share: Tensor, present: Tensor) -> Tensor:
        root = share.sqrt()
        gram = cosines * root.unsqueeze(-1) * root.unsqueeze(-2)
        # An absent row adds a zero singular value, as do rows beyond the dimension; these must not count. One counts in
        # any case: it has all of the share, so that the value is 0.
        count = present.sum(-1).clamp(1, max(1, dim))
        counted = torch.arange(gram.size(-1), device=gram.device) < count.unsqueeze(-1)
        value, slope = _value_and_slope(gram.detach(), counted, temperature, scaling, resolution)
        return value + ((gram - gram.detach()) * slope).sum((-1, -2))

    return of_cosines(negative_log_share, found)


def _value_and_slope(
    gram: Tensor, counted: Tensor, temperature: float, scaling: str, resolution: float
) -> tuple[Tensor, Tensor]:
    """The value of each group, (groups,), and its derivative by the matrix of cosines.

    The singular values are the roots of the eigenvalues of that matrix.

    Args:
        gram: (groups, languages, languages), float64, without gradients.
        counted: (groups, languages): which singular values count, in descending order.
        temperature: tau.
        scaling: as for :func:`rank_one`.
        resolution: part of the first singular value below which another one has no direction.
    """
    eigenvalues, vectors = torch.linalg.eigh(gram)
    s = eigenvalues.clamp_min(0).sqrt().flip(-1)  # descending
    vectors = vectors.flip(-1)
    first = s[:, :1].clamp_min(torch.finfo(s.dtype).tiny)
    scale = temperature * (first if scaling == "leading" else torch.ones_like(first))
    logits = (s / scale).masked_fill(~counted, -torch.inf)
    value = torch.logsumexp(logits, dim=-1) - logits[:, 0]
    # d value / d eigenvalue: through s = sqrt(eigenvalue); by vectors it becomes d value / d gram. As a
    # function of the spectrum it needs no differences of eigenvalues, which may be equal.
    is_first = torch.arange(s.size(1), device=s.device) == 0
    slope = (logits.softmax(-1) - is_first.double()) / scale
    slope = torch.where(counted & (s > resolution * first), slope / (2 * s.clamp_min(1e-300)), 0.0)
    return value, (vectors * slope.unsqueeze(-2)) @ vectors.mT
