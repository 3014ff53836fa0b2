"""How many of something there are: in words, and whether a value can say it."""

from __future__ import annotations

import operator
from typing import Any, TypeGuard

from .errors import problem, short


def counted(count: int, noun: str) -> str:
    """A number and its noun, which takes an s but for one.

    Example:
        >>> counted(1, "group"), counted(0, "group"), counted(2000, "bad row")
        ('1 group', '0 groups', '2,000 bad rows')
    """
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def is_whole(value: Any) -> bool:
    """Whether it is a whole number of any kind. ``True`` is none here, though Python has it as one."""
    try:
        operator.index(value)
    except TypeError:
        return False
    return not isinstance(value, bool)


def is_number(value: Any) -> TypeGuard[int | float]:
    """Whether it is a number as JSON and YAML have them, NaN and infinity too. ``True`` is none here either.

    Example:
        >>> is_number(0.5), is_number(2), is_number(True), is_number("2")
        (True, True, False, False)
    """
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def whole_problems(where: str, value: Any, least: int, step: str = "") -> list[str]:
    """What is wrong with a number of things; nothing with a whole number that is large enough, of any kind.

    Args:
        where: the setting.
        value: as given.
        least: that it may be.
        step: what the user does next.

    Example:
        >>> whole_problems("batch_size", 16, 1), whole_problems("batch_size", 0, 1)
        ([], ['batch_size: expected a whole number >= 1, got 0.'])
    """
    good = is_whole(value) and operator.index(value) >= least
    return [] if good else [problem(where, f"a whole number >= {least}", short(value), step)]
