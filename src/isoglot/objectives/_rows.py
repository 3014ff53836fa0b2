"""What every objective does first: looks at its input, finds which rows are there and what each counts."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from ..errors import ConfigError, DataError, problem

CENTERS = (False, True, "language")


class Rows(NamedTuple):
    """A group's representations, looked at. Shapes: G groups, L languages, D dimensions.

    Attributes:
        z: (G, L, D), centred if that was asked for; what stands in an absent row means nothing.
        present: (G, L) bool.
        share: (G, L) float64; sums to the number of present rows of its group; 1 each without weights.
    """

    z: Tensor
    present: Tensor
    share: Tensor


def rows(z: Tensor, weights: Tensor | None = None, mask: Tensor | None = None, center: bool | str = False) -> Rows:
    """Checks the arguments that all objectives have, and turns ``weights`` and ``mask`` into shares.

    Args:
        z: representations, (groups, languages, dim), any float dtype.
        weights: (groups, languages), >= 0. None: all alike.
        mask: (groups, languages) bool. None: all are there.
        center: False, True (subtract the mean of all present rows of the batch) or ``"language"`` (subtract each
            language's mean over the groups of the batch). Every present row counts in the mean and gets its part of the
            gradient through it, a pivot that is a target only as well; a row that is alone in its mean becomes 0.

    Raises:
        DataError: for a wrong type or shape, for a weight that is negative or not finite.
        ConfigError: for an unknown ``center``.
    """
    if not isinstance(z, Tensor) or not z.is_floating_point():
        got = str(z.dtype) if isinstance(z, Tensor) else type(z).__name__
        raise DataError(problem("z", "a float tensor (groups, languages, dim)", got))
    if z.dim() != 3 or not z.size(1):
        raise DataError(problem("z", "shape (groups, languages, dim), one language or more", tuple(z.shape)))
    for name, value in (("weights", weights), ("mask", mask)):
        if value is not None and not isinstance(value, Tensor):
            raise DataError(problem(name, f"a tensor of shape {tuple(z.shape[:2])}", type(value).__name__))
        if value is not None and value.shape != z.shape[:2]:
            raise DataError(problem(name, f"shape {tuple(z.shape[:2])}", tuple(value.shape)))
    present = torch.ones(z.shape[:2], dtype=torch.bool, device=z.device) if mask is None else mask.bool()
    share = present.double()
    if weights is not None:
        if not bool(torch.isfinite(weights).all()) or bool((weights < 0).any()):
            raise DataError(problem("weights", "finite values >= 0", "a negative or non-finite one"))
        share = share * weights.double()
        present = share > 0
        total = share.sum(-1, keepdim=True).clamp_min(torch.finfo(torch.float64).tiny)
        share = share / total * present.sum(-1, keepdim=True)
    return Rows(_centered(z, present, center), present, share)


def check_temperature(temperature: float) -> None:
    """Raises ConfigError unless it is a finite number above 0."""
    number = isinstance(temperature, (int, float)) and not isinstance(temperature, bool)
    if not number or not 0 < temperature < float("inf"):
        raise ConfigError(problem("temperature", "a finite number > 0", repr(temperature)))


def check_lengths(squares: Tensor) -> None:
    """Looks at the squared lengths of rows, (groups, languages).

    Raises:
        DataError: for one that is infinity or not a number, with its place.
    """
    if not bool(torch.isfinite(squares).all()):
        group, language = (~torch.isfinite(squares)).nonzero()[0].tolist()
        got = f"infinity or not a number in group {group}, language {language}"
        raise DataError(problem("z", "finite values", got, "Look for such values in the model, or mask the row"))


def unit_rows(found: Rows) -> Tensor:
    """The rows at length 1, (G, L, D) float32 or wider; absent rows and rows of zeros are 0."""
    z = found.z if found.z.dtype == torch.float64 else found.z.float()
    z = torch.where(found.present.unsqueeze(-1), z, torch.zeros_like(z))
    return torch.nn.functional.normalize(z, dim=-1)


def _centered(z: Tensor, present: Tensor, center: bool | str) -> Tensor:
    if not isinstance(center, (bool, str)) or center not in CENTERS:
        raise ConfigError(problem("center", 'False, True or "language"', repr(center)))
    if center is False:
        return z
    # An absent row may hold anything, infinities included: replace it rather than multiply it away.
    z = torch.where(present.unsqueeze(-1), z if z.dtype == torch.float64 else z.float(), 0.0)
    over = (0,) if center == "language" else (0, 1)
    count = present.sum(over, keepdim=True).clamp_min(1).unsqueeze(-1)
    return z - z.sum(over, keepdim=True) / count
