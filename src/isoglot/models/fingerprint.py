"""A short name for a model's weights."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from torch import Tensor, nn

from ..errors import ModelError, problem
from .quantization import plain

_PAIRS = ((".lora_A.", ".lora_B."), (".lora_embedding_A.", ".lora_embedding_B."))
_HALVES = {one: other for pair in _PAIRS for one, other in (pair, pair[::-1])}


def model_hash(model: Any) -> str:
    """A short hash of a model's weights: their names and shapes, and about 1,000 values of each.

    Engines that have wrapped the model, or dealt it out, change nothing in it, nor does a LoRA adapter that has not
    begun: its random half has no effect while the other is zero. Where each process holds a part of each parameter, all
    of them must call it.

    Raises:
        ModelError: for weights that are offloaded.
    """
    digest = hashlib.sha256()
    # With keep_vars the parameters themselves, tied ones under both names: what ZeRO-3 has dealt out can be gathered.
    weights = _within_engine(model).state_dict(keep_vars=True)
    for name, parameter in sorted(weights.items()):
        if not isinstance(parameter, Tensor):  # what a module keeps next to its weights
            continue
        if _without_effect(name, weights):
            continue
        if parameter.is_meta:
            step = "Keep the whole model in memory; guards need to know from where it began"
            raise ModelError(problem(f"model, {name}", "weights in memory", "offloaded ones", step))
        with _gathered(parameter):
            whole = parameter.full_tensor() if hasattr(parameter, "full_tensor") else parameter
            digest.update(f"{name}{tuple(whole.shape)}".encode() + _sample(whole))
    return digest.hexdigest()[:16]


def _within_engine(model: Any) -> Any:
    """The model without compile and data-parallel wrappers, which put their own names in front; PEFT's stay."""
    while True:
        if hasattr(model, "_orig_mod"):
            model = model._orig_mod
        elif isinstance(model, nn.parallel.DistributedDataParallel) or type(model).__name__ == "DeepSpeedEngine":
            model = model.module
        else:
            return model


def _without_effect(name: str, weights: Mapping[str, Any]) -> bool:
    """Whether this is half of a LoRA pair of which one half is zero, as before the first step."""
    half = next((half for half in _HALVES if half in name), None)
    if half is None:
        return False
    other = weights.get(name.replace(half, _HALVES[half]))
    return _is_zero(weights[name]) or (isinstance(other, Tensor) and _is_zero(other))


def _is_zero(parameter: Tensor) -> bool:
    if parameter.is_meta:
        return False
    with _gathered(parameter):
        whole = parameter.full_tensor() if hasattr(parameter, "full_tensor") else parameter
        return not bool(whole.any())


def _sample(values: Tensor) -> bytes:
    # An odd stride meets every column of a matrix, whatever its width.
    flat = plain(values.detach()).reshape(-1)
    return flat[:: max(1, flat.numel() // 1024) | 1].double().cpu().numpy().tobytes()


def _gathered(parameter: Any) -> AbstractContextManager[Any]:
    """A context in which a parameter that DeepSpeed ZeRO-3 has dealt out is whole."""
    if not hasattr(parameter, "ds_id"):
        return nullcontext()
    import deepspeed

    made: AbstractContextManager[Any] = deepspeed.zero.GatheredParameters([parameter])
    return made
