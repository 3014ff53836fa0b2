"""What objectives with a pivot share."""

from __future__ import annotations

from torch import Tensor

from ..errors import ConfigError, problem


def pivot_index(pivot: int, z: Tensor) -> int:
    """The pivot's place among the languages, from 0.

    Raises:
        ConfigError: for one outside the languages.
    """
    if not isinstance(pivot, int) or not -z.size(1) <= pivot < z.size(1):
        raise ConfigError(problem("pivot", f"an index of {z.size(1)} languages", pivot))
    return pivot % z.size(1)


def others_than(pivot: int, weights: Tensor | None) -> Tensor | None:
    """The weights with the pivot's at 1: its own says nothing about the others."""
    known = isinstance(weights, Tensor) and isinstance(pivot, int) and weights.dim() == 2
    if weights is None or not known or not -weights.size(-1) <= pivot < weights.size(-1):
        return weights  # what is wrong is reported where it is looked at
    weights = weights.clone()
    weights[..., pivot] = 1
    return weights
