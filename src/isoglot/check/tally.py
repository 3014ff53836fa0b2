"""How many cells are flagged, and why; what filtering removes, and of what the most."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..metrics import wilson
from .finding import USABLE
from .result import Result

_CATEGORIES = 1000  # that are told apart; what comes later is counted as "..."
_FEWEST = 3  # cells that must go before anything is called over-represented
UNKNOWN = "unknown"


@dataclass
class Language:
    """Counts of one language's cells; attributes are those of ``check.json``."""

    cells: int = 0
    flagged: int = 0
    marked: int = 0  # of those in which something was found
    removed: int = 0
    kept_by_mark: int = 0
    dropped_by_mark: int = 0
    looked_at: int = 0  # of those in which nothing was found
    missed: int = 0  # of these, marked to drop
    by_reason: Counter[str] = field(default_factory=Counter)
    languages_found: Counter[str] = field(default_factory=Counter)

    def add(self, result: Result) -> None:
        """Counts a cell."""
        self.cells += 1
        self.flagged += result.flagged
        self.marked += result.check.flagged and result.mark is not None
        self.removed += result.removed
        self.kept_by_mark += result.mark == "keep"
        self.dropped_by_mark += result.mark == "drop"
        if result.mark is not None and not result.check.flagged:
            self.looked_at += 1
            self.missed += result.mark == "drop"
        self.languages_found[result.check.language] += 1
        if result.flagged:
            self.by_reason.update(dict.fromkeys((one.reason for one in result.check.findings), 1))

    def to_record(self) -> dict[str, Any]:
        """Plain values, with the share of flagged cells and its interval."""
        return {
            "cells": self.cells,
            "flagged": self.flagged,
            "share": wilson(self.flagged, self.cells).as_dict(),
            "by_reason": dict(self.by_reason.most_common()),
            "languages_found": dict(self.languages_found.most_common()),
            "removed": self.removed,
            "kept_by_mark": self.kept_by_mark,
            "dropped_by_mark": self.dropped_by_mark,
            "passed": passed_record([self]),
        }


def passed_record(languages: Collection[Language]) -> dict[str, Any]:
    """Of cells in which nothing was found: how many have been looked at, and how many of these are to be dropped."""
    looked_at, missed = sum(one.looked_at for one in languages), sum(one.missed for one in languages)
    rate = wilson(missed, looked_at).as_dict() if looked_at else None
    return {"looked_at": looked_at, "dropped": missed, "share": rate}


class Tally:
    """Counts of a whole file.

    Attributes:
        languages: tag -> counts.
        pivots: tag -> language found -> how many pivots.
    """

    def __init__(self) -> None:
        self.languages: dict[str, Language] = {}
        self.pivots: dict[str, Counter[str]] = {}
        self._removed = {name: _Removed() for name in ("language", "kind", "category")}

    def add(self, result: Result) -> None:
        """Counts a cell."""
        self.languages.setdefault(result.cell.language, Language()).add(result)
        values = (result.cell.language, result.kind or UNKNOWN, result.category or UNKNOWN)
        for of, value in zip(self._removed.values(), values, strict=True):
            of.add(value, removed=result.removed)

    def pivot(self, tag: str, found: str) -> None:
        """Counts the pivot of a group, and the language that it is in."""
        self.pivots.setdefault(tag, Counter())[found] += 1

    @property
    def cells(self) -> int:
        """How many have been counted."""
        return sum(one.cells for one in self.languages.values())

    @property
    def flagged(self) -> int:
        """How many of them are flagged."""
        return sum(one.flagged for one in self.languages.values())

    def to_record(self, *, left_out: bool) -> dict[str, Any]:
        """As in ``check.json``: totals, languages, pivots, and what filtering removes.

        Args:
            left_out: whether what it removes is left out of the groups that are written.
        """
        removed = sum(one.removed for one in self.languages.values())
        return {
            "cells": self.cells,
            "flagged": self.flagged,
            "share": wilson(self.flagged, self.cells).as_dict(),
            "marked": sum(one.marked for one in self.languages.values()),
            "languages": {tag: one.to_record() for tag, one in self.languages.items()},
            "passed": passed_record(self.languages.values()),
            "pivots": {
                tag: {"cells": found.total(), "languages_found": dict(found.most_common())}
                for tag, found in self.pivots.items()
            },
            "filtering": {
                "below": USABLE,
                "left_out": left_out,
                "removed": removed,
                **{f"by_{name}": of.to_record() for name, of in self._removed.items()},
                "over_represented": [
                    {"what": name, "value": value, **shares}
                    for name, of in self._removed.items()
                    for value, shares in of.over_represented()
                ],
            },
        }


class _Removed:
    """Cells, and those that filtering removes, by one thing that is said of them."""

    def __init__(self) -> None:
        self._cells, self._gone = Counter[str](), Counter[str]()

    def add(self, value: str, *, removed: bool) -> None:
        if value not in self._cells and len(self._cells) >= _CATEGORIES:
            value = "..."
        self._cells[value] += 1
        if removed:
            self._gone[value] += 1

    def to_record(self) -> dict[str, Any]:
        return {value: _share(self._gone[value], cells) for value, cells in self._cells.most_common()}

    def over_represented(self) -> Iterable[tuple[str, Mapping[str, Any]]]:
        """What more is removed of than of all the rest: the intervals of the two shares do not meet."""
        cells, gone = self._cells.total(), self._gone.total()
        for value, count in self._cells.items():
            own, rest = _share(self._gone[value], count), _share(gone - self._gone[value], cells - count)
            if own["removed"] >= _FEWEST and rest["cells"] and own["share"]["low"] > rest["share"]["high"]:
                yield value, {**own, "rest": rest["share"]}


def _share(removed: int, cells: int) -> dict[str, Any]:
    return {"cells": cells, "removed": removed, "share": wilson(removed, cells).as_dict()}
