"""When somebody who answers nothing any more is asked no further, and what is said where answers are missing."""

from __future__ import annotations

from collections import Counter

from ..errors import RunError, problem
from .failure import reasons_said

KEPT = "What came is kept: the same command asks for the rest"
_LEAST = 10  # failures in a row; each is a call that was tried again as often as it may be


class Patience:
    """Counts calls in a row that failed for good. When it is over, whoever is asked counts as gone.

    Args:
        at_a_time: calls that are under way together. One outage may fail all of them, and be over for the next: so
            many must fail, where that is more than ten.
    """

    def __init__(self, at_a_time: int = 1) -> None:
        self._most, self._in_a_row = max(_LEAST, at_a_time), 0

    @property
    def over(self) -> bool:
        """Whether so many failed, one after the other, that the next would, too."""
        return self._in_a_row >= self._most

    def failed(self) -> None:
        """A call has failed for good."""
        self._in_a_row += 1

    def answered(self) -> None:
        """A call has brought an answer."""
        self._in_a_row = 0

    def error(
        self,
        where: str,
        expected: str,
        reasons: Counter[str],
        *,
        missing: str = "",
        unasked: int = 0,
        step: str = KEPT,
    ) -> RunError:
        """The error to raise where answers are missing.

        Args:
            where: who was asked, or where the answers go.
            expected: what was wanted, in words, as in ``an answer to each of 20 questions``.
            reasons: why calls failed, and how many for each.
            missing: what has no answer, in words, as in ``3 (en 1, sw 2)``; empty where nobody knows how many.
            unasked: how many of these were not asked.
            step: what the user does next.
        """
        got = f"none to {missing}" if missing else "none"
        got += f", {unasked:,} of them not asked" if unasked > 0 else ""
        got += f" after {self._most} failures in a row" if self.over else ""
        why = reasons_said(reasons) if reasons else "the run was stopped"
        return RunError(problem(where, expected, f"{got}: {why}", step))
