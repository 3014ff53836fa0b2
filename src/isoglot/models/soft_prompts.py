"""Soft prompts: virtual tokens that an adapter puts before each text."""

from __future__ import annotations

from typing import Any

from torch import nn


def virtual_tokens(model: Any) -> int:
    """How many there are; 0 for a model without a soft prompt."""
    return getattr(_adapter(model), "num_virtual_tokens", None) or 0


def moved_by_padding(model: Any) -> bool:
    """Whether padding on the left stands between them and the text.

    PEFT lets no positions be given to such a model, so an answer would depend on the longest prompt of its batch.
    Prefixes, which are kept as keys and values, stand nowhere.
    """
    kind = str(getattr(_adapter(model), "peft_type", ""))
    return virtual_tokens(model) > 0 and "PREFIX" not in kind


def _adapter(model: Any) -> Any:
    """The active adapter's configuration, within compile and data-parallel wrappers; None if there is none."""
    while model is not None and not hasattr(model, "active_peft_config"):
        inner = getattr(model, "_orig_mod", None) or getattr(model, "module", None)
        model = inner if isinstance(inner, nn.Module) else None
    return getattr(model, "active_peft_config", None)
