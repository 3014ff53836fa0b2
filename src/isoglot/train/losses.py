"""Which losses a trainer of TRL knows: it says so itself only in the first step."""

from __future__ import annotations

import ast
import functools
import inspect
import textwrap
from collections.abc import Iterator
from typing import Any

from ..errors import unknown
from .methods import Method


def unknown_losses(method: Method, named: Any) -> list[str]:
    """What is wrong with the losses that a run file names.

    Args:
        method: of the run.
        named: a name, a list of names, or None.
    """
    if named is None:
        return []
    known = losses(method)
    names = named if isinstance(named, list) else [named]
    return [unknown("trainer.loss_type", "loss", name, known) for name in names if known and name not in known]


def losses(method: Method) -> list[str]:
    """Names of the losses that a method's trainer and configuration tell apart; empty where they tell none.

    TRL has no list of them: they are the texts in its source that a ``loss_type`` is compared with.
    """
    found = dict.fromkeys(_compared(method.trainer_class())) | dict.fromkeys(_compared(method.config_class()))
    return list(found)


@functools.cache
def _compared(cls: type) -> tuple[str, ...]:
    """Texts in a class's source that a ``loss_type`` is compared with."""
    return tuple(_texts(cls))


def _texts(cls: type) -> Iterator[str]:
    tree = ast.parse(textwrap.dedent(inspect.getsource(cls)))
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare) and _name(node.left) == "loss_type":
            texts = (
                part.value for side in node.comparators for part in ast.walk(side) if isinstance(part, ast.Constant)
            )
            yield from (text for text in texts if isinstance(text, str))


def _name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
