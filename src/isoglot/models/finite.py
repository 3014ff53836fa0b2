"""Looks for infinity and not-a-number in a model's weights, and in its logits."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor

from ..errors import ModelError, problem
from .quantization import plain


def not_finite_weight(model: Any, *, trained: bool = False) -> str | None:
    """The name of the first weight that holds infinity or not-a-number; None where there is none.

    Args:
        model: the model; where an engine shards it, this process's part is looked at.
        trained: whether only what is trained is looked at, since nothing else can have changed.
    """
    weights = list(_weights(model, trained))
    if not weights:
        return None
    device = weights[0][1].device
    fine = torch.stack([weight.isfinite().all().to(device) for _, weight in weights])
    return None if bool(fine.all()) else weights[int((~fine).nonzero()[0])][0]


def _weights(model: Any, trained: bool) -> Iterator[tuple[str, Tensor]]:
    for name, parameter in model.named_parameters():
        if trained and not parameter.requires_grad:
            continue
        local = getattr(parameter, "ds_tensor", parameter)  # DeepSpeed leaves the parameter itself empty
        local = local.to_local() if hasattr(local, "to_local") else local
        if local.is_meta:  # offloaded: elsewhere
            continue
        if local.is_floating_point() and local.dtype.itemsize > 1 and local.numel():
            yield name, plain(local.detach())


def refuse_not_finite(_ids: Any, scores: Any) -> Any:
    """Logits as they are, if they are numbers: of others greedy decoding makes an answer all the same.

    Minus infinity stays: that is how some models leave tokens out.

    Raises:
        ModelError: for logits that are not.
    """
    if bool((scores.isnan() | scores.isposinf()).any()):
        step = "If its weights are fine, they overflow in this dtype: try --dtype float32"
        raise ModelError(problem("model", "finite logits", "infinity or not a number", step))
    return scores
