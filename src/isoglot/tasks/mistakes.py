"""Mistakes of who uses inspect_ai's own command line, which shows a traceback of any error but one kind."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from rich.markup import escape

from ..errors import IsoglotError
from ..escaping import visible

try:
    from inspect_ai._util.error import PrerequisiteError
except ImportError:  # a private name: without it inspect_ai shows a traceback of our errors, too

    class PrerequisiteError(Exception):  # type: ignore[no-redef]
        """Stands in for inspect_ai's own."""


P = ParamSpec("P")
T = TypeVar("T")


class UserError(IsoglotError, PrerequisiteError):
    """An error of ours in the kind of which inspect_ai shows the text alone.

    It is no ValueError, whatever the error was: ``inspect score`` takes one for a scorer that is not there.
    """

    def __init__(self, text: str) -> None:
        IsoglotError.__init__(self, text)
        self.message = escape(visible(text))  # which inspect_ai prints as rich's markup


def told(make: Callable[P, T]) -> Callable[P, T]:
    """What makes a task, a scorer or a model for inspect_ai: an error of ours in making it is a :class:`UserError`."""

    @functools.wraps(make)
    def made(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return make(*args, **kwargs)
        except IsoglotError as error:
            raise UserError(str(error)) from error

    return made
