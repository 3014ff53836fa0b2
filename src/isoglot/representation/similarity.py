"""How alike the representations of a group are: singular values and cosines, for logs, probes and reports."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from ..objectives import rows, unit_rows


@torch.no_grad()
def singular_values(z: Tensor, mask: Tensor | None = None) -> Tensor:
    """Singular values of each group's unit rows, (groups, languages), descending, from the Gram matrix of the rows.

    Args:
        z: (groups, languages, dim), any float dtype.
        mask: (groups, languages) bool, which rows are there; an absent row adds a zero.

    Raises:
        DataError: for another shape or type; so do the others here, which take the same two.
    """
    return _singular_values(_unit(z, mask))


def leading_share(z: Tensor, mask: Tensor | None = None) -> Tensor:
    """Share of the leading singular value in the sum of squares, (groups,), from 1/languages to 1 (rank one)."""
    return _leading_share(singular_values(z, mask))


def effective_rank(z: Tensor, mask: Tensor | None = None) -> Tensor:
    """Exponential of the entropy of the squared spectrum, (groups,), from 1 (rank one) to the number of rows."""
    return _effective_rank(singular_values(z, mask))


@torch.no_grad()
def min_cosine(z: Tensor, mask: Tensor | None = None) -> Tensor:
    """Minimum cosine between two rows of a group, (groups,), -1 to 1: rank one with a negative one is not agreement."""
    return _min_cosine(_unit(z, mask), mask)


@torch.no_grad()
def between_cosine(z: Tensor, mask: Tensor | None = None) -> Tensor:
    """Mean cosine between the mean rows of different groups, a scalar: near 1 says that all prompts have collapsed.

    NaN for fewer than two groups.
    """
    return mean_cosine(directions(z, mask))


def directions(z: Tensor, mask: Tensor | None = None) -> Tensor:
    """Where each group points: the mean of its unit rows at length 1, (groups, dim), with gradients if enabled."""
    return _directions(_unit(z, mask))


def mean_cosine(unit: Tensor) -> Tensor:
    """Mean cosine over pairs of different rows of length 1, (rows, dim), a scalar; NaN for fewer than two."""
    count = unit.size(0)
    if count < 2:
        return unit.new_full((), torch.nan)
    return (unit.sum(0).square().sum() - unit.square().sum()) / (count * (count - 1))


@torch.no_grad()
def monitor(
    z: Tensor, raw: Tensor, mask: Tensor | None = None, *, between: Mapping[str, Tensor] | None = None
) -> dict[str, float]:
    """What a training log watches, as means over the groups.

    Args:
        z: what the objective compares, (groups, languages, dim).
        raw: the hidden states it is made of, (groups, languages, hidden size); ``z`` itself where they are compared.
        mask: which rows are there.
        between: name -> directions of different prompts, (prompts, dim), whose mean cosine is given under that name;
            None: ``between_cosine``, of the groups' hidden states.

    Returns:
        ``leading_share`` and ``effective_rank`` of z; ``leading_share_raw``, ``effective_rank_raw`` and ``min_cosine``
        of the hidden states, which an extractor cannot embellish; what ``between`` names, NaN for fewer than two.
    """
    unit = _unit(raw, mask)
    s = _singular_values(unit)
    values = {
        "leading_share_raw": _leading_share(s).mean(),
        "effective_rank_raw": _effective_rank(s).mean(),
        "min_cosine": _min_cosine(unit, mask).mean(),
    }
    pointing = {"between_cosine": _directions(unit)} if between is None else between
    values |= {name: mean_cosine(directions) for name, directions in pointing.items()}
    if z is not raw:
        s = _singular_values(_unit(z, mask))
    values |= {"leading_share": _leading_share(s).mean(), "effective_rank": _effective_rank(s).mean()}
    numbers = torch.stack([value.float() for value in values.values()]).tolist()  # one wait for the device, not many
    return dict(zip(values, numbers, strict=True))


def _unit(z: Tensor, mask: Tensor | None) -> Tensor:
    """Rows at length 1; absent ones are 0."""
    return unit_rows(rows(z, mask=mask))


def _singular_values(unit: Tensor) -> Tensor:
    made: Tensor = torch.linalg.eigvalsh(unit @ unit.mT).clamp_min(0).sqrt().flip(-1)
    return made


def _min_cosine(unit: Tensor, mask: Tensor | None) -> Tensor:
    cosine = unit @ unit.mT
    if mask is not None:
        there = mask.bool()
        cosine = cosine.masked_fill(~(there.unsqueeze(-1) & there.unsqueeze(-2)), torch.inf)
    return cosine.amin((-1, -2)).clamp(max=1.0)


def _directions(unit: Tensor) -> Tensor:
    return torch.nn.functional.normalize(unit.sum(1), dim=-1)


def _leading_share(s: Tensor) -> Tensor:
    s2 = s.square()
    return s2[:, 0] / s2.sum(-1).clamp_min(torch.finfo(s2.dtype).tiny)


def _effective_rank(s: Tensor) -> Tensor:
    s2 = s.square()
    p = s2 / s2.sum(-1, keepdim=True).clamp_min(torch.finfo(s2.dtype).tiny)
    made: Tensor = torch.special.entr(p).sum(-1).exp()
    return made
