"""The linear map between hidden states and the space in which a group is compared."""

from __future__ import annotations

import torch
from torch import nn

EXTRACTORS = (None, "linear", "frozen")


def build_extractor(
    kind: str | None, hidden_size: int, dim: int, *, layers: int = 1, seed: int = 0
) -> nn.Module | None:
    """One linear layer (with bias, as in the paper), or nothing.

    Args:
        kind: None (compare the hidden states themselves), ``"linear"`` (trained along), ``"frozen"`` (random, fixed).
        hidden_size: the model's width.
        dim: output dimensions; the paper's reference value is 512.
        layers: how many layers' states come in, side by side.
        seed: of the initial weights; the global random state is left alone.

    Returns:
        A module (..., layers * hidden_size) -> (..., dim), or None.
    """
    if kind is None:
        return None
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        extractor = nn.Linear(layers * hidden_size, dim)
    return extractor.requires_grad_(kind == "linear")
