"""What the checks of a whole file say of one cell, and what somebody says who has looked at it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Any

from .cell import CellCheck, Finding
from .checker import Cell


@dataclass(slots=True)
class Result:
    """One cell, checked.

    Attributes:
        cell: its texts.
        kind, category: of its group.
        check: what is found.
        mark: ``"keep"`` or ``"drop"``, of somebody who has looked at these texts; None of the others.
        checkers: names of the models that could say something of it, in addition to the rules.
    """

    cell: Cell
    kind: str | None
    category: str | None
    check: CellCheck
    mark: str | None = None
    checkers: list[str] = field(default_factory=list)

    @property
    def flagged(self) -> bool:
        """Whether somebody should look at it; who is marked has been looked at."""
        return self.check.flagged and self.mark is None

    @property
    def removed(self) -> bool:
        """Whether it goes where what is not usable goes."""
        return self.mark == "drop" or (self.mark is None and not self.check.usable)

    @property
    def score(self) -> float:
        """By which its weight is multiplied."""
        return {"keep": 1.0, "drop": 0.0}.get(self.mark or "", self.check.score)

    def add(self, *findings: Finding) -> None:
        """Adds what else is found."""
        every = sorted([*self.check.findings, *findings], key=lambda one: -one.penalty)
        self.check = CellCheck(tuple(every), self.check.language)

    def to_record(self) -> dict[str, Any]:
        """As in ``cells.jsonl``."""
        said = {"mark": self.mark} if self.mark else {}
        return {
            "id": self.cell.id,
            "language": self.cell.language,
            "score": round(self.check.score, 4),
            "language_found": self.check.language,
            "findings": findings_record(self.check),
            "hash": text_hash(self.cell),
            **said,
        }


def findings_record(check: CellCheck) -> list[dict[str, Any]]:
    """The findings as plain values, the worst first."""
    return [{"reason": one.reason, "penalty": round(one.penalty, 4), "detail": one.detail} for one in check.findings]


def text_hash(cell: Cell) -> str:
    """Of both texts: a mark is of these, and not of what a later version says."""
    return hashlib.sha256(f"{cell.source}\0{cell.text}".encode(errors="replace")).hexdigest()[:16]
