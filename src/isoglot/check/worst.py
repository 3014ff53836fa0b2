"""The worst cells of a file, as the page shows them."""

from __future__ import annotations

import heapq
from typing import Any

from ..escaping import visible
from ..languages import direction
from ..pages.words import language_name
from .result import Result, findings_record, text_hash

_LONGEST = 4000  # characters of a text that are shown


class Worst:
    """The worst of the cells in which something was found, of each language.

    Args:
        most: how many of a language are kept.
    """

    def __init__(self, most: int) -> None:
        self._most, self._count = most, 0
        self._heaps: dict[str, list[tuple[float, int, dict[str, Any]]]] = {}

    def add(self, result: Result) -> None:
        """Takes a cell; keeps it if it is among the worst."""
        self._count += 1
        heap = self._heaps.setdefault(result.cell.language, [])
        order = -result.check.score, -self._count  # of equal ones the first
        if len(heap) < self._most:
            heapq.heappush(heap, (*order, shown(result)))
        elif heap and order > heap[0][:2]:
            heapq.heapreplace(heap, (*order, shown(result)))

    def rows(self) -> list[dict[str, Any]]:
        """The worst first; of equal ones in the order of the file."""
        every = [item for heap in self._heaps.values() for item in heap]
        return [row for *_, row in sorted(every, key=lambda item: (-item[0], -item[1]))]


def shown(result: Result) -> dict[str, Any]:
    """What the page knows of a cell: texts made visible, and the directions they run in."""
    cell, check = result.cell, result.check
    return {
        "id": cell.id,
        "language": cell.language,
        "hash": text_hash(cell),
        "name": language_name(cell.language),
        "direction": direction(cell.language),
        "text": visible(_cut(cell.text)),
        "pivot": cell.source_language,
        "pivot_name": language_name(cell.source_language),
        "pivot_direction": direction(cell.source_language),
        "source": visible(_cut(cell.source)),
        "score": round(check.score, 2),
        "findings": findings_record(check),
        "kind": result.kind or "",
        "category": visible(result.category or ""),
        "mark": result.mark or "",
        "passed": not check.flagged,
    }


def _cut(text: str) -> str:
    """The text; of a long one its beginning and its end."""
    if len(text) <= _LONGEST:
        return text
    part = _LONGEST // 2
    return f"{text[:part]}\n[{len(text) - 2 * part:,} characters left out]\n{text[-part:]}"
