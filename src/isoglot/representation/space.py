"""The space in which states are compared: loud coordinates made as quiet as the others, before training and for good.

In most pretrained models a few coordinates hold nearly all of a state's norm (massive activations, arXiv 2402.17762).
The cosine of any two states is then near 1 and says little (rogue dimensions, arXiv 2109.04404). A space is fitted to
states from before training and never trained along; the model is left as it is.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from ..errors import ConfigError, problem

SPACES = ("raw", "standardized", "whitened")
SHRINKAGE = 0.1  # share of the identity in a correlation that is to be inverted
# A coordinate's least spread. What hardly varies must not be blown up: the first step that moves it would be all that
# counts.
QUIETEST = 0.1  # of the median coordinate's spread
ROUNDING = 0.01  # of the coordinate's own mean size: what half precision does to a loud one is no difference of prompts


@dataclass(frozen=True)
class Space:
    r"""A linear map of states, layer by layer: :math:`z = A (h - m)`.

    Attributes:
        mean: m, (layers, hidden size).
        scale: 1 / spread of each coordinate, (layers, hidden size).
        mixing: what decorrelates coordinates that have been scaled, (layers, hidden size, hidden size), symmetric;
            None: they are only scaled.
    """

    mean: Tensor
    scale: Tensor
    mixing: Tensor | None = None

    @classmethod
    def fit(cls, states: Tensor, kind: str) -> Space:
        """The space in which states vary alike in all directions that it looks at.

        Args:
            states: (layers, prompts, hidden size), of many prompts in all their languages.
            kind: ``"raw"``: the mean is taken off and nothing else. ``"standardized"``: each coordinate is divided by
                its standard deviation too (arXiv 2109.04404). ``"whitened"``: coordinates are decorrelated as well, by
                the inverse root of the correlation matrix, shrunk towards the identity by ``SHRINKAGE``.

        Raises:
            ConfigError: for a kind that there is not.
        """
        check_kind(kind)
        states = states.double()
        mean = states.mean(1)
        if kind == "raw":
            return cls(mean.float(), torch.ones_like(mean).float())
        spread = states.std(1, correction=0)
        least = (QUIETEST * spread.median(-1, keepdim=True).values).maximum(ROUNDING * states.abs().mean(1))
        scale = 1 / spread.maximum(least).clamp_min(torch.finfo(torch.float32).tiny)
        if kind == "standardized":
            return cls(mean.float(), scale.float())
        z = (states - mean.unsqueeze(1)) * scale.unsqueeze(1)
        correlation = z.mT @ z / z.size(1)
        identity = torch.eye(z.size(-1), dtype=z.dtype)
        values, vectors = torch.linalg.eigh((1 - SHRINKAGE) * correlation + SHRINKAGE * identity)
        mixing = (vectors / values.sqrt().unsqueeze(-2)) @ vectors.mT
        return cls(mean.float(), scale.float(), mixing.float())

    def __call__(self, states: Tensor) -> Tensor:
        """States in this space.

        Args:
            states: (layers, ..., hidden size).

        Returns:
            The same shape, dtype and device; the states that the space was fitted to have mean 0 there.
        """
        return self.of_differences(states - _like(self.mean, states))

    def of_differences(self, differences: Tensor) -> Tensor:
        """Differences of states in this space, (layers, ..., hidden size): the mean falls out."""
        scaled = differences * _like(self.scale, differences)
        if self.mixing is None:
            return scaled
        mixing = self.mixing.to(scaled)
        return (scaled.flatten(1, -2) @ mixing).view(scaled.shape)

    def state_dict(self) -> dict[str, Tensor]:
        """Its tensors by name."""
        return {name: value for name, value in vars(self).items() if value is not None}


def check_kind(kind: str) -> None:
    """Refuses a kind of space that there is not.

    Raises:
        ConfigError: unless it is one of ``SPACES``.
    """
    if kind not in SPACES:
        raise ConfigError(problem("space", " or ".join(SPACES), repr(kind)))


def _like(values: Tensor, states: Tensor) -> Tensor:
    """(layers, hidden) next to (layers, ..., hidden)."""
    return values.to(states).view(values.size(0), *[1] * (states.dim() - 2), values.size(-1))
