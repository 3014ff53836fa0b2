"""What the page's tables are made of: numbers with what stands beside them, in rows, in blocks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..pages.words import DASH


@dataclass(frozen=True)
class Entry:
    """A number, and what stands next to it (an interval, counts, a noise floor) and below it (the pooled rate)."""

    value: str
    detail: str = ""
    below: str = ""
    bar: float | None = None  # a share to draw under the number
    corrected: str = ""  # for the judge's errors


@dataclass(frozen=True)
class TableRow:
    """A row of the table."""

    label: str
    entries: Sequence[Entry]
    note: str = ""


@dataclass(frozen=True)
class Block:
    """Rows under one heading."""

    heading: str
    rows: Sequence[TableRow]


EMPTY = Entry(DASH)
