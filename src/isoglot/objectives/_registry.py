"""The table of objectives, and the decorator that puts one into it."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable
from typing import TypeVar

from torch import Tensor

from ..errors import ConfigError, did_you_mean, problem

Objective = Callable[..., Tensor]
F = TypeVar("F", bound=Objective)

OBJECTIVES: dict[str, Objective] = {}
COMMON = ("weights", "mask", "center")


def find_objective(wanted: str | Objective) -> Objective:
    """The objective that settings ask for.

    Args:
        wanted: a listed name, ``"package.module:function"``, or the function itself.

    Raises:
        ConfigError: for one that is not there.
    """
    if callable(wanted):
        return wanted
    if ":" not in wanted:
        if wanted not in OBJECTIVES:
            hint = did_you_mean(wanted, OBJECTIVES)
            raise ConfigError(problem("consistency.objective", f"one of {', '.join(OBJECTIVES)}", repr(wanted), hint))
        return OBJECTIVES[wanted]
    module, _, name = wanted.partition(":")
    try:
        return getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError) as error:
        step = "Install the package, or start where its module can be imported"
        got = f"{wanted!r} ({error})"
        raise ConfigError(problem("consistency.objective", "a function that can be imported", got, step)) from None


def objective(function: F) -> F:
    """Lists a function as an objective under its own name, so that settings can ask for it.

    Raises:
        TypeError: if it does not take ``weights``, ``mask`` and ``center`` by name.
        ValueError: if another one has that name.
    """
    missing = [name for name in COMMON if name not in inspect.signature(function).parameters]
    if missing:
        raise TypeError(f"objective {function.__name__}: expected keyword arguments {', '.join(missing)}, got none.")
    known = OBJECTIVES.get(function.__name__)
    if known is not None and known.__module__ != function.__module__:
        raise ValueError(f"objective {function.__name__}: expected a new name, got that of {known.__module__}.")
    OBJECTIVES[function.__name__] = function
    return function
