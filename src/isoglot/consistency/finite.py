"""Infinity and not-a-number: looked for wherever they could get on towards the optimizer."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from ..errors import RunError, problem
from ..models.decoder import find_decoder

ADVICE = "Lower the learning rate or consistency.weight, or look for such values in the model"


def not_finite(where: str) -> RunError:
    """What is raised for them."""
    return RunError(problem(where, "finite values", "infinity or not a number", ADVICE))


def check_finite(values: Tensor, where: str) -> None:
    """Stops them before they get any further."""
    if not bool(torch.isfinite(values).all()):
        raise not_finite(where)


def zero_if_broken(gradient: Tensor) -> Tensor:
    """The gradient, or zeros if any of it is not finite."""
    return gradient if bool(torch.isfinite(gradient).all()) else torch.zeros_like(gradient)


def gradients_are_finite(model: Any, deepest: int) -> bool:
    """Whether what the decoder layers up to the deepest chosen one have gathered is finite, on this process."""
    layers = find_decoder(model).layers[:deepest]
    gradients = [p.grad for layer in layers for p in layer.parameters() if p.grad is not None]
    return not gradients or bool(torch.stack([_norm(gradient) for gradient in gradients]).isfinite().all())


def _norm(gradient: Tensor) -> Tensor:
    """The length of a gradient, of this process's part where it is sharded."""
    local = gradient.to_local() if hasattr(gradient, "to_local") else gradient
    return torch.linalg.vector_norm(local.float())
