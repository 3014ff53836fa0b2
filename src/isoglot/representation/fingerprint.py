"""A short name for a model's weights."""

from __future__ import annotations

import hashlib
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from torch import Tensor


def model_hash(model: Any) -> str:
    """A short hash of a model's weights: their names and shapes, and about 1,000 values of each.

    Where each process holds a part of each parameter, all of them must call it.
    """
    digest = hashlib.sha256()
    parameters = dict(model.named_parameters())
    for name, value in sorted(model.state_dict().items()):
        parameter = parameters.get(name, value)
        with _gathered(parameter):
            whole = parameter.full_tensor() if hasattr(parameter, "full_tensor") else parameter
            digest.update(f"{name}{tuple(whole.shape)}".encode() + _sample(whole))
    return digest.hexdigest()[:16]


def _sample(values: Tensor) -> bytes:
    # An odd stride meets every column of a matrix, whatever its width.
    flat = values.detach().reshape(-1)
    return flat[:: max(1, flat.numel() // 1024) | 1].double().cpu().numpy().tobytes()


def _gathered(parameter: Any) -> AbstractContextManager[Any]:
    """A context in which a parameter that DeepSpeed ZeRO-3 has dealt out is whole."""
    if not hasattr(parameter, "ds_id"):
        return nullcontext()
    from deepspeed.zero import GatheredParameters

    return GatheredParameters([parameter])
