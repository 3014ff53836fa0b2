"""What came of a translation, counted: by language and by translator."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ..check import USABLE
from ..translators.asking import Asker
from ..translators.asks import Asks
from .attempts import Attempt
from .chain import Result

DECLINED, FAILED, NO_SOURCE = "declined", "failed for now", "no source"
CELLS = ("there", "translated", "with_faults", "kept", "stayed", "left_out")
_SEVERAL = 2  # answers, of which something can be said if all fail the checks
OUTCOMES = ("taken", "kept", "surpassed", "unfit", "declined", "failed")


class Report:
    """Counts of cells. Each is there, translated, kept, stayed or left out; each attempt has one outcome.

    Args:
        output: the file of groups.
        targets: the tags that were translated to.
        chain: the translators.
        called: those of the targets that the groups have under another tag -> that tag.

    Attributes:
        groups: that there are.
        failed: the file that lists what was left out; None where nothing was.
        for_now: cells that are missing because something failed that may pass.
        said: what the first of these failed for.
        answered: the languages in which some translation came, usable or not.
    """

    def __init__(
        self, output: Path, targets: Sequence[str], chain: Sequence[Asker], called: Mapping[str, str] | None = None
    ) -> None:
        self.output, self.groups, self.called = output, 0, dict(called or {})
        self.failed: Path | None = None
        self._chain = chain
        self._cells = {tag: Counter[str]() for tag in targets}
        self._reasons = {tag: Counter[str]() for tag in targets}
        self._attempts: dict[Asks, Counter[str]] = {asker: Counter[str]() for asker in chain}
        self._faults: dict[Asks, Counter[str]] = {asker: Counter[str]() for asker in chain}
        self.for_now, self.said = 0, ""
        self.answered = set[str]()

    def there(self, tag: str, count: int) -> None:
        """So many groups had the language, or are in it."""
        self._cells[tag]["there"] += count

    def add(self, tag: str, result: Result, *, kept: bool, before: bool) -> None:
        """A cell that was to be made.

        Args:
            tag: of its language.
            result: what came of it.
            kept: whether the best is in the file though it is not usable.
            before: whether the cell was there before; it stays where nothing takes its place.
        """
        best = result.best
        what = "translated" if result.usable else "kept" if kept else "stayed" if before else "left_out"
        self._cells[tag][what] += 1
        self._cells[tag]["with_faults"] += what == "translated" and best is not None and best.score < 1
        if best is not None:
            self.answered.add(tag)
        if result.failed_for_now:
            self.for_now += 1
            self.said = self.said or next(one.for_now for one in result.attempts if one.for_now)
        if not result.usable:
            self._reasons[tag][reason_of(result)] += 1
        for one in result.attempts:
            outcome = _outcome(one, best=one is best, kept=kept)
            self._attempts[one.asks][outcome] += 1
            if outcome in ("unfit", "kept"):
                self._faults[one.asks][one.findings[0].reason if one.findings else "score"] += 1

    @property
    def left_out(self) -> int:
        """Cells that none translated usably."""
        return sum(cells["left_out"] for cells in self._cells.values())

    @property
    def kept(self) -> int:
        """Cells that are in the file though none translated them usably."""
        return sum(cells["kept"] for cells in self._cells.values())

    @property
    def broken(self) -> list[Asker]:
        """Those that lack the languages that they were asked for, and have translated nothing at all."""
        unusable = any(cells.total() for cells in self._reasons.values())
        return [asker for asker in self._chain if unusable and asker.lacks and not asker.worked]

    @property
    def without(self) -> list[str]:
        """The languages in which no cell is in the file, though some were to be made."""
        there = ("there", "translated", "kept", "stayed")
        return [tag for tag, cells in self._cells.items() if cells["left_out"] and not any(cells[one] for one in there)]

    @property
    def useless(self) -> dict[str, Counter[str]]:
        """Translators whose answers, several of them, all fail the checks: name -> reason -> how many."""
        found = {}
        for asker, outcomes in self._attempts.items():
            unfit = outcomes["unfit"] + outcomes["kept"]
            if unfit >= _SEVERAL and unfit + outcomes["declined"] == outcomes.total():
                found[asker.name] = self._faults[asker]
        return found

    @property
    def complete(self) -> bool:
        """Whether asking again would bring nothing more."""
        return not self.for_now and not self.broken

    def record(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "output": str(self.output),
            "failed": None if self.failed is None else str(self.failed),
            "groups": self.groups,
            "complete": self.complete,
            "without": self.without,
            "languages": {
                tag: {name: cells[name] for name in CELLS} | {"reasons": dict(self._reasons[tag].most_common())}
                for tag, cells in self._cells.items()
            },
            "backends": [_of_backend(asker, self._attempts[asker]) for asker in self._chain],
        }


def reason_of(result: Result) -> str:
    """Why a cell has no usable translation, in a word: the worst finding of the best attempt, else how all failed."""
    if (best := result.best) is not None:
        return best.findings[0].reason if best.findings else "score"
    if not result.attempts:
        return NO_SOURCE
    return DECLINED if all(one.lasting for one in result.attempts) else FAILED


def _outcome(one: Attempt, *, best: bool, kept: bool) -> str:
    """What became of an attempt, one of ``OUTCOMES``."""
    if one.prompt is None or (one.again and not kept and one.score < USABLE):
        return "failed" if one.for_now else "declined"
    if one.score >= USABLE:
        return "taken" if best else "surpassed"
    return "kept" if best and kept else "unfit"


def _of_backend(asker: Asker, attempts: Mapping[str, int]) -> dict[str, Any]:
    prefix = f"{asker.translator.spec}: "
    lacks = [
        {"from": source, "to": target, "why": why.removeprefix(prefix)} for (source, target), why in asker.lacks.items()
    ]
    return {**asker.record(), **{name: attempts.get(name, 0) for name in OUTCOMES}, "lacks": lacks}
