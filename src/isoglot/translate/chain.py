"""A chain of translators over one cell: what one declines, or fails the checks of, goes to the next."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass

from ..check import USABLE
from ..translators.asks import Asks
from .attempts import Attempt, Task, attempt

PERFECT = 1.0


@dataclass(frozen=True)
class Result:
    """What came of a cell.

    Attributes:
        attempts: in the order of the chain, as far as it was gone through.
        known: whether all of them are; False where one is still to be asked.
    """

    attempts: tuple[Attempt, ...]
    known: bool = True

    @functools.cached_property
    def best(self) -> Attempt | None:
        """The attempt with the highest score, of equal ones the first; None if none has a translation."""
        made = [one for one in self.attempts if one.prompt is not None]
        return max(made, key=lambda one: one.score, default=None)

    @functools.cached_property
    def usable(self) -> bool:
        """Whether the best is worth keeping."""
        return self.best is not None and self.best.score >= USABLE

    @property
    def failed_for_now(self) -> bool:
        """Whether asking again may bring a translation, where none is usable."""
        return not self.usable and any(one.for_now for one in self.attempts)


async def translated(chain: Sequence[Asks], task: Task, *, best_of: bool = False) -> Result:
    """Translates a cell.

    Args:
        chain: the translators, in the order in which they are asked.
        task: the cell.
        best_of: whether all are asked and the best is taken; else the first that passes the checks. None is asked after
            one whose translation has no fault, as it could not be better.
    """
    enough, attempts, known = PERFECT if best_of else USABLE, list[Attempt](), True
    for asks in chain:
        made = await attempt(asks, task)
        if made is None:
            known = False
            if best_of or asks.only_asking_tells:
                continue
            break
        attempts.append(made)
        if made.prompt is not None and made.score >= enough:
            break
    return Result(tuple(attempts), known)
