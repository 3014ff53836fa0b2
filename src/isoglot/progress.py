"""Where the progress of long work goes."""

from __future__ import annotations

import os
from typing import Protocol


class Show(Protocol):
    """Called when a step of the work begins, and how far it has come."""

    def begin(self, what: str) -> None:
        """A step begins."""

    def advance(self, done: int, total: int) -> None:
        """The step has come so far."""

    def note(self, text: str) -> None:
        """A few words next to it."""


class Silent:
    """Shows nothing."""

    def begin(self, what: str) -> None:
        """Nothing."""

    def advance(self, done: int, total: int) -> None:
        """Nothing."""

    def note(self, text: str) -> None:
        """Nothing."""


class Of:
    """The steps of one part of larger work, each named with it.

    Args:
        part: what stands before the name of a step, as in ``"dpo"``: ``dpo: loading the model``.
        show: where they are shown.
    """

    def __init__(self, part: str, show: Show) -> None:
        self._part, self._show = part, show
        self.advance, self.note = show.advance, show.note

    def begin(self, what: str) -> None:
        """A step of the part begins."""
        self._show.begin(f"{self._part}: {what[:1].lower()}{what[1:]}")


def is_first_process() -> bool:
    """Whether this is the one of several processes that speaks and writes for all that do the same work."""
    return os.environ.get("RANK", "0") == "0"


def of_one_process(show: Show | None) -> Show:
    """Nothing on all but the first of several processes that do the same work; nothing where nothing is wanted."""
    return Silent() if show is None or not is_first_process() else show
