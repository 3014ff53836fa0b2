"""The table of objectives, and the decorator that puts one into it."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable
from typing import TypeVar, overload

from torch import Tensor

from ..errors import ConfigError, did_you_mean, problem, raised_in

Objective = Callable[..., Tensor]
F = TypeVar("F", bound=Objective)
_WHERE = "consistency.objective"

OBJECTIVES: dict[str, Objective] = {}
BETWEEN_PROMPTS: set[Objective] = set()  # those whose value depends on the other groups of the batch
COMMON = ("weights", "mask", "center")


def find_objective(wanted: str | Objective) -> Objective:
    """The objective that settings ask for.

    Args:
        wanted: a listed name, ``"package.module:function"``, or the function itself.

    Raises:
        ConfigError: for one that is not there, or that does not take what all objectives take.
    """
    if isinstance(wanted, str) and ":" not in wanted:
        if wanted not in OBJECTIVES:
            hint = did_you_mean(wanted, OBJECTIVES)
            raise ConfigError(problem(_WHERE, f"one of {', '.join(OBJECTIVES)}", repr(wanted), hint))
        return OBJECTIVES[wanted]
    found = _imported(wanted) if isinstance(wanted, str) else wanted
    if missing := _missing(found):
        raise ConfigError(problem(_WHERE, f"a function with {', '.join(COMMON)} by name", f"none of {missing}"))
    return found


@overload
def objective(function: F) -> F: ...


@overload
def objective(*, between_prompts: bool) -> Callable[[F], F]: ...


def objective(function: F | None = None, *, between_prompts: bool = False) -> F | Callable[[F], F]:
    """Lists a function as an objective under its own name, so that settings can ask for it.

    Args:
        function: the objective.
        between_prompts: whether its value depends on the other groups of the batch, of which it then gets at least two.

    Raises:
        ConfigError: if it does not take ``weights``, ``mask`` and ``center`` by name, or another one has its name.
    """

    def listed(function: F) -> F:
        name = function.__name__
        if missing := _missing(function):
            raise ConfigError(problem(f"objective {name}", f"{', '.join(COMMON)} by name", f"none of {missing}"))
        known = OBJECTIVES.get(name)
        if known is not None and known.__module__ != function.__module__:
            raise ConfigError(problem(f"objective {name}", "a new name", f"that of {known.__module__}"))
        OBJECTIVES[name] = function
        if between_prompts:
            BETWEEN_PROMPTS.add(function)
        return function

    return listed if function is None else listed(function)


def _imported(path: str) -> Objective:
    module, _, name = path.partition(":")
    try:
        made: Callable[..., Tensor] = getattr(importlib.import_module(module), name)
        return made
    except (Exception, SystemExit) as error:  # whatever its module does when it is imported
        step = "Install the package, or put its module next to the run file"
        got = f"{path!r} ({raised_in(error, module)})"
        raise ConfigError(problem(_WHERE, "a function that can be imported", got, step)) from error


def _missing(function: object) -> str:
    """Which of the common arguments a function does not take; all of them for what is no function."""
    try:
        taken = inspect.signature(function).parameters  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return ", ".join(COMMON)
    if any(parameter.kind is inspect.Parameter.VAR_KEYWORD for parameter in taken.values()):
        return ""
    return ", ".join(name for name in COMMON if name not in taken)
