"""The linear map between hidden states and the space in which a group is compared."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ..errors import ConfigError, problem

EXTRACTORS = (None, "linear", "frozen")  # kinds


def build_extractor(
    kind: str | None, hidden_size: int, dim: int, *, layers: int = 1, bias: bool = True, seed: int = 0
) -> nn.Linear | None:
    """One linear layer, or nothing.

    Args:
        kind: None (compare the hidden states themselves), ``"linear"`` (trained along, as in the paper) or ``"frozen"``
            (fixed, its rows or columns orthonormal, so that it keeps angles as well as a map to ``dim`` can; no bias).
        hidden_size: the model's width.
        dim: output dimensions; the paper's reference value is 512.
        layers: how many layers' states come in, side by side.
        bias: whether ``"linear"`` has one. The paper's has; its weight may then shrink until every prompt is mapped to
            the bias, at no use to the model.
        seed: of the initial weights; the global random state is left alone.

    Returns:
        A module (..., layers * hidden_size) -> (..., dim), or None.

    Raises:
        ConfigError: for a kind that there is not.
    """
    if kind not in EXTRACTORS:
        raise ConfigError(problem("extractor", "linear or frozen or None", repr(kind)))
    if kind is None:
        return None
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        extractor = nn.Linear(layers * hidden_size, dim, bias=bias and kind == "linear")
        if kind == "frozen":
            nn.init.orthogonal_(extractor.weight)
    return extractor.requires_grad_(kind == "linear")


@torch.no_grad()
def bias_ratio(extractor: nn.Linear, projected: Tensor) -> float:
    """Length of the bias against the mean length of what the weight adds to it; far above 1: a constant output.

    Args:
        extractor: a linear extractor.
        projected: its output, (rows, dim).

    Returns:
        At least 0; 0 without a bias.
    """
    if extractor.bias is None:
        return 0.0
    made: float = (extractor.bias.norm() / (projected - extractor.bias).norm(dim=-1).mean().clamp_min(1e-30)).item()
    return made
