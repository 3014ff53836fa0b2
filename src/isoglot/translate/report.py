"""What came of a translation, counted: by language and by translator."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ..evaluate.usage import Usage, token_words
from .asking import Asker
from .chain import Result

DECLINED, FAILED, NO_SOURCE = "declined", "failed for now", "no source"


class Report:
    """Counts of cells.

    Args:
        output: the file of groups.
        targets: the tags that were translated to.
        chain: the translators.

    Attributes:
        groups: that there are.
        failed: the file that lists what was left out; None where nothing was.
        for_now: cells that are missing because something failed that may pass.
        said: what the first of these failed for.
    """

    def __init__(self, output: Path, targets: Sequence[str], chain: Sequence[Asker]) -> None:
        self.output, self.groups = output, 0
        self.failed: Path | None = None
        self._chain = chain
        self._cells = {tag: Counter[str]() for tag in targets}
        self._reasons = {tag: Counter[str]() for tag in targets}
        self._attempts = {id(asker.translator): Counter[str]() for asker in chain}  # a spec may come twice
        self.for_now, self.said = 0, ""

    def there(self, tag: str, count: int) -> None:
        """So many groups had the language, or are in it."""
        self._cells[tag]["there"] += count

    def add(self, tag: str, result: Result, *, kept: bool) -> None:
        """A cell, and whether it is in the file now."""
        best = result.best
        what = "translated" if result.usable else "kept" if kept else "left_out"
        self._cells[tag][what] += 1
        self._cells[tag]["with_faults"] += what == "translated" and best is not None and best.score < 1
        if result.failed_for_now:
            self.for_now += 1
            self.said = self.said or next(
                one.error for one in result.attempts if one.prompt is None and not one.lasting
            )
        if not result.usable:
            self._reasons[tag][reason_of(result)] += 1
        for one in result.attempts:
            taken = one is best and (kept or result.usable)
            self._attempts[id(one.translator)][_outcome(one.prompt is not None, one.lasting, taken=taken)] += 1

    @property
    def left_out(self) -> int:
        """Cells that none translated usably."""
        return sum(cells["left_out"] for cells in self._cells.values())

    @property
    def complete(self) -> bool:
        """Whether asking again would bring nothing more."""
        return not self.for_now

    def record(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "output": str(self.output),
            "failed": None if self.failed is None else str(self.failed),
            "groups": self.groups,
            "complete": self.complete,
            "languages": {
                tag: {name: cells[name] for name in ("there", "translated", "with_faults", "kept", "left_out")}
                | {"reasons": dict(self._reasons[tag].most_common())}
                for tag, cells in self._cells.items()
            },
            "backends": [_of_backend(asker, self._attempts[id(asker.translator)]) for asker in self._chain],
        }


def reason_of(result: Result) -> str:
    """Why a cell has no usable translation, in a word: the worst finding of the best attempt, else how all failed."""
    if (best := result.best) is not None:
        return best.findings[0].reason if best.findings else "score"
    if not result.attempts:
        return NO_SOURCE
    return DECLINED if all(one.lasting for one in result.attempts) else FAILED


def tokens_of(usages: Sequence[Usage]) -> str:
    """What was read and written, and what it cost, in words; empty where nobody counts."""
    read, written = sum(one.input for one in usages), sum(one.output for one in usages)
    costs = [one.cost for one in usages if one.cost is not None]
    return token_words(read, written, round(sum(costs), 6) if costs else None) if read or written else ""


def _outcome(made: bool, lasting: bool, *, taken: bool) -> str:
    if made:
        return "taken" if taken else "unfit"
    return "declined" if lasting else "failed"


def _of_backend(asker: Asker, attempts: Mapping[str, int]) -> dict[str, Any]:
    translator, usage = asker.translator, asker.usage
    return {
        "backend": translator.spec,
        "model": translator.model,
        "calls": asker.calls,
        "texts": asker.texts,
        "found": asker.found,
        **{name: attempts.get(name, 0) for name in ("taken", "unfit", "declined", "failed")},
        "input_tokens": usage.input,
        "output_tokens": usage.output,
        "cost": usage.cost,
    }
