"""Where the progress of long work goes."""

from __future__ import annotations

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
