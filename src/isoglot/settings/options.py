"""Options in the names of other libraries' dataclasses: known, of the right type, or reported."""

from __future__ import annotations

import dataclasses
import enum
import math
import re
import types
import typing
from collections.abc import Callable, Collection, Mapping
from typing import Any, NamedTuple

from ..amounts import is_number
from ..errors import not_allowed, problem, short, unknown


class Bound(NamedTuple):
    """What a number must be.

    Attributes:
        what: in words.
        fine: whether it is.
    """

    what: str
    fine: Callable[[float], bool]


FINITE = Bound("a number that is finite", math.isfinite)


def check_options(
    where: str,
    options: Mapping[str, Any],
    target: type,
    *,
    reserved: Mapping[str, str],
    bounds: Mapping[str, Bound] | None = None,
) -> tuple[dict[str, Any], list[str]]:
    """Options fit to be passed to a dataclass, and everything that is wrong with the others.

    Args:
        where: dotted path of the section.
        options: as read from YAML.
        target: the dataclass.
        reserved: option -> what to do instead of setting it.
        bounds: option -> what its number must be; every number must be finite.

    Returns:
        The good options, with ``6e-7`` and ``no``, of which YAML makes text and False, as they were meant; and the
        problems.
    """
    try:
        hints = typing.get_type_hints(target)
    except NameError:  # a name that its module imports for type checkers only
        hints = {}
    known = [field.name for field in dataclasses.fields(target) if field.init]
    good, problems = {}, []
    for name, value in options.items():
        path = f"{where}.{name}"
        if name in reserved:
            shown = "a secret" if "token" in name else short(value)
            problems.append(not_allowed(path, shown, reserved[name]))
        elif name not in known:
            problems.append(unknown(path, f"option of {target.__name__}", name, known))
        else:
            hint = hints.get(name, Any)
            converted = _as_meant(value, hint)
            beyond = _beyond(converted, (bounds or {}).get(name, FINITE))
            if fits(converted, hint) and not beyond:
                good[name] = converted
            else:
                problems.append(problem(path, beyond or describe(hint), short(value)))
    return good, problems


def _beyond(value: Any, bound: Bound) -> str:
    """What a number should be and is not; empty if it is, and for what is no number."""
    if not is_number(value):
        return ""
    try:
        return "" if FINITE.fine(value) and bound.fine(value) else bound.what
    except OverflowError:  # a whole number beyond all floats
        return bound.what


def is_pattern(text: str) -> bool:
    """Whether it is a regular expression."""
    try:
        re.compile(text)
    except re.error:
        return False
    return True


def _alternatives(hint: Any) -> Collection[Any]:
    union = typing.get_origin(hint) in (typing.Union, types.UnionType)
    return typing.get_args(hint) if union else (hint,)


def _names(alternatives: Collection[Any]) -> set[Any]:
    """Values of the enumerations among some types."""
    enums = [one for one in alternatives if isinstance(one, type) and issubclass(one, enum.Enum)]
    return {member.value for one in enums for member in one}


def _as_meant(value: Any, hint: Any) -> Any:
    """What YAML made something else of: a number for text like "6e-7", and "no" for False where strategies are."""
    wanted = _alternatives(hint)
    if value is False and "no" in _names(wanted):
        return "no"
    if not isinstance(value, str) or float not in wanted or str in wanted:
        return value
    try:
        return float(value)
    except ValueError:
        return value


def fits(value: Any, hint: Any) -> bool:
    """Whether a plain value can stand for a type; a type that plain values do not show is let pass."""
    names = _names(_alternatives(hint))
    if isinstance(value, str) and names:  # "IntervalStrategy | str" means the name of a strategy
        return value in names
    return any(_fits_one(value, one) for one in _alternatives(hint))


def _fits_one(value: Any, hint: Any) -> bool:
    origin = typing.get_origin(hint) or hint
    if hint is None or origin is types.NoneType:
        return value is None
    if origin is typing.Literal:
        return value in typing.get_args(hint)
    if origin is bool:
        return isinstance(value, bool)
    if origin is int:
        return isinstance(value, int) and not isinstance(value, bool)
    if origin is float:
        return is_number(value)
    if origin is str or (isinstance(origin, type) and issubclass(origin, enum.Enum)):
        return isinstance(value, str)
    if origin in (list, tuple, set):
        # One value stands for a list of one, as several of these classes allow.
        inner = (typing.get_args(hint) or (Any,))[0]
        items = value if isinstance(value, list) else [value]
        return value is not None and not isinstance(value, dict) and all(fits(item, inner) for item in items)
    if origin is dict:
        return isinstance(value, dict)
    return True


def describe(hint: Any) -> str:
    """A type in words."""
    words = {int: "a whole number", float: "a number", bool: "true or false", str: "text", dict: "a mapping"}
    named = []
    for one in _alternatives(hint):
        origin = typing.get_origin(one) or one
        if origin is types.NoneType:
            named.append("null")
        elif origin in (list, tuple, set):
            named.append("a list")
        elif isinstance(origin, type) and issubclass(origin, enum.Enum):
            return " or ".join(str(item.value) for item in origin)
        else:
            named.append(words.get(origin, getattr(origin, "__name__", str(origin))))
    return " or ".join(dict.fromkeys(named))
