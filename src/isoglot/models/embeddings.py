"""The gradient of the embedding table, added row by row: as a whole it is as large as the table, for every pass."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from .decoder import unwrapped


@contextmanager
def rows_only(model: Any) -> Iterator[None]:
    """Passes begun inside add to the table's ``.grad`` the rows of their tokens, on the way back, and nothing else.

    The values are those of autograd. Where something else looks at that gradient (compiled or sharded models, hooks of
    the parameter) or the lookup is no plain one, autograd does it.
    """
    table = unwrapped(model).get_input_embeddings()
    if not torch.is_grad_enabled() or not _is_plain(table) or _is_compiled(model):
        yield
        return

    def cut(module: nn.Embedding, inputs: tuple[Tensor, ...], output: Tensor) -> Tensor:
        if not torch.is_grad_enabled() or not inputs:
            return output
        leaf = output.detach().requires_grad_()
        leaf.register_hook(lambda gradient: _add_rows(module, inputs[0], gradient))
        return leaf

    handle = table.register_forward_hook(cut)
    try:
        yield
    finally:
        handle.remove()


def _add_rows(table: nn.Embedding, ids: Tensor, gradient: Tensor) -> None:
    rows, places = ids.unique(return_inverse=True)
    summed = torch.ops.aten.embedding_dense_backward(gradient, places, len(rows), -1, False)
    if table.padding_idx is not None:
        summed[rows == table.padding_idx] = 0
    weight = table.weight
    if weight.grad is None:
        weight.grad = torch.zeros_like(weight)
    weight.grad[rows] += summed.to(weight.dtype)


def _is_plain(table: Any) -> bool:
    """Whether this is a table like any other that is trained, and nobody waits for its gradient."""
    if type(table) is not nn.Embedding or table.max_norm is not None or table.scale_grad_by_freq or table.sparse:
        return False
    weight = table.weight
    watched = weight._backward_hooks or getattr(weight, "_post_accumulate_grad_hooks", None)
    dealt_out = hasattr(weight, "to_local") or hasattr(weight, "ds_id")
    return weight.requires_grad and weight.is_leaf and not watched and not dealt_out


def _is_compiled(model: Any) -> bool:
    while model is not None:
        if hasattr(model, "_orig_mod") or getattr(model, "_compiled_call_impl", None) is not None:
            return True
        inner = getattr(model, "module", None)
        model = inner if isinstance(inner, nn.Module) else None
    return False
