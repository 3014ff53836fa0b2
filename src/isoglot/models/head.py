"""Leaves a model's head out of a pass: states need no logits, and a head costs more than many layers."""

from __future__ import annotations

import contextlib
import weakref
from collections.abc import Iterator
from typing import Any

from torch import Tensor, nn

_STAND_INS: weakref.WeakKeyDictionary[nn.Module, NoHead] = weakref.WeakKeyDictionary()


class NoHead(nn.Module):
    """Stands where the head was, and hands on one coordinate of each state in place of all logits.

    What models do to logits afterwards (scale, cap, add a bias) costs nothing then.
    """

    def __init__(self, head: nn.Module) -> None:
        super().__init__()
        self._head = weakref.ref(head)

    @property
    def weight(self) -> Any:
        """The head's: some models look at its dtype."""
        return getattr(self._head(), "weight", None)

    def forward(self, states: Tensor, *_: Any, **__: Any) -> Tensor:
        """(..., hidden size) -> (..., 1)."""
        return states[..., :1]


@contextlib.contextmanager
def without_head(base: Any) -> Iterator[None]:
    """Takes the output embeddings out of a Hugging Face model; one without any stays as it is.

    The module is replaced, not its ``forward``: engines that gather a module's parameters before it runs (DeepSpeed
    ZeRO-3) then leave those of the head where they are. The same stand-in comes each time, so that a compiled model
    is compiled once for it.

    Args:
        base: a Hugging Face model, unwrapped.
    """
    head = base.get_output_embeddings() if hasattr(base, "get_output_embeddings") else None
    places = [] if head is None else [
        (parent, name) for parent in base.modules() for name, child in parent._modules.items() if child is head
    ]  # fmt: skip
    if head is not None and head not in _STAND_INS:
        _STAND_INS[head] = NoHead(head)
    for parent, name in places:
        parent._modules[name] = _STAND_INS[head]  # type: ignore[index]
    try:
        yield
    finally:
        for parent, name in places:
            parent._modules[name] = head
