"""What is given to calls in place of a model and its tokenizer: what is wrong with it, in words."""

from __future__ import annotations

from typing import Any

from torch import nn

from ..errors import problem, short


def model_problems(where: str, value: Any, step: str) -> list[str]:
    """What is wrong with a model; nothing with a Hugging Face model.

    Args:
        where: the call.
        value: as given.
        step: what the user does next.
    """
    if isinstance(value, nn.Module):
        return []
    return [problem(f"{where}, model", "a Hugging Face model", said(value), step)]


def tokenizer_problems(where: str, value: Any) -> list[str]:
    """What is wrong with a tokenizer; arguments as of :func:`model_problems`."""
    if callable(value) and not isinstance(value, (nn.Module, type)):
        return []
    step = "Load it, as by AutoTokenizer.from_pretrained"
    return [problem(f"{where}, tokenizer", "the model's tokenizer", said(value), step)]


def is_trainer(value: Any) -> bool:
    """Whether it is a trainer as transformers makes it, whatever its class."""
    return not isinstance(value, nn.Module) and all(hasattr(value, name) for name in ("args", "model", "training_step"))


def said(value: Any) -> str:
    """What was given, in a message."""
    if isinstance(value, type):
        return f"the class {value.__name__}"
    if isinstance(value, nn.Module):
        return f"a model, {type(value).__name__}"
    return f"a trainer, {type(value).__name__}" if is_trainer(value) else " ".join(short(value).split())
