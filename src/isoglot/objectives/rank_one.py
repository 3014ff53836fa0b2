"""The paper's objective: a group's representations lie on one line."""

from __future__ import annotations

import torch
from torch import Tensor

from ..errors import ConfigError, problem
from ._rows import rows

SCALINGS = ("leading", "none")


def rank_one(
    z: Tensor,
    *,
    temperature: float = 0.2,
    scaling: str = "leading",
    weights: Tensor | None = None,
    mask: Tensor | None = None,
) -> Tensor:
    r"""Negative log share of the leading singular value of each group.

    With unit rows stacked to Z (L x D) and singular values :math:`s_1 \ge \dots \ge s_r`:

    .. math:: -\log \frac{\exp(s_1/\tau)}{\sum_j \exp(s_j/\tau)}

    Source: *Align Once, Benefit Multilingually* (arXiv 2602.16660), the loss L_MLC. It is least exactly when Z has
    rank one. That allows ``v`` beside ``-v``, and says nothing between groups: all prompts may fall onto one line.
    ``pivot_cosine`` rules out the first; ``Consistency(retention=...)`` guards against the second.

    Args:
        z: representations, (groups, languages, dim), any float dtype; rows need not have unit length.
        temperature: tau > 0. The paper's value is 0.2, its authors suggest 0.2 to 1.0.
        scaling: ``"leading"`` divides all singular values by the detached first one (the released code), ``"none"``
            uses them as they are (the paper's formula).
        weights: importance of each row, (groups, languages), >= 0, relative within a group; a row is scaled by its
            square root. None: all alike.
        mask: which rows are there, (groups, languages) bool. None: all.

    Returns:
        One value per group, (groups,), float32 or wider, in [0, log(min(languages, dim))]; 0 for a group with fewer
        than two rows.

    Raises:
        ConfigError: for an unknown scaling or a temperature that is not positive.
        ValueError: for wrong shapes or weights.

    Example:
        >>> line = torch.tensor([[[1.0, 0.0], [2.0, 0.0]]])
        >>> round(rank_one(line).item(), 4)  # rank one: -log(e^5 / (e^5 + e^0))
        0.0067
    """
    if scaling not in SCALINGS:
        raise ConfigError(problem("scaling", f"one of {SCALINGS}", repr(scaling)))
    if not temperature > 0:
        raise ConfigError(problem("temperature", "a number > 0", temperature))
    unit, present, share = rows(z, weights, mask)
    s = torch.linalg.svdvals(unit * share.sqrt().unsqueeze(-1))  # (G, r), descending
    count = present.sum(-1)
    if scaling == "leading":
        s = s / s[:, :1].detach().clamp_min(torch.finfo(s.dtype).tiny)
    # An absent row adds a zero singular value; it must not count in the sum.
    counted = torch.arange(s.size(1), device=s.device) < count.clamp_min(1).unsqueeze(-1)
    logits = (s / temperature).masked_fill(~counted, -torch.inf)
    value = torch.logsumexp(logits, dim=-1) - logits[:, 0]
    return torch.where(count >= 2, value, torch.zeros_like(value))
