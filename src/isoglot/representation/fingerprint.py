"""A short name for a model's weights."""

from __future__ import annotations

import hashlib
from typing import Any


def model_hash(model: Any) -> str:
    """A short hash of a model's weights: their names and shapes, and about 1,000 values of each."""
    digest = hashlib.sha256()
    for name, parameter in sorted(model.state_dict().items()):
        # An odd stride meets every column of a matrix, whatever its width.
        flat = parameter.detach().reshape(-1)
        sample = flat[:: max(1, flat.numel() // 1024) | 1].double().cpu().numpy().tobytes()
        digest.update(f"{name}{tuple(parameter.shape)}".encode() + sample)
    return digest.hexdigest()[:16]
