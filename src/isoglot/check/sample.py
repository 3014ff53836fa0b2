"""Some of the cells in which nothing was found, drawn by chance: what the checks miss is among these."""

from __future__ import annotations

import hashlib
import heapq
from typing import Any

from .result import Result, text_hash
from .worst import shown


class Sample:
    """Cells of each language, drawn by a seed: the same ones in whatever order the file has them.

    Each cell has a number by chance, made of the seed, its name and its texts, and those with the smallest are drawn.

    Args:
        most: how many of a language.
        seed: of the draw.
    """

    def __init__(self, most: int, seed: int = 0) -> None:
        self._most, self._seed = most, seed
        self._heaps: dict[str, list[tuple[int, dict[str, Any]]]] = {}

    def add(self, result: Result) -> None:
        """Takes a cell; keeps it if it is drawn."""
        if not self._most:
            return
        heap, order = self._heaps.setdefault(result.cell.language, []), -self._number(result)
        if len(heap) < self._most:
            heapq.heappush(heap, (order, shown(result)))
        elif order > heap[0][0]:
            heapq.heapreplace(heap, (order, shown(result)))

    def rows(self) -> list[dict[str, Any]]:
        """Those that were drawn, one language after the other."""
        return [row for heap in self._heaps.values() for _, row in sorted(heap, key=lambda item: -item[0])]

    def _number(self, result: Result) -> int:
        said = f"{self._seed}\0{result.cell.id}\0{result.cell.language}\0{text_hash(result.cell)}"
        return int.from_bytes(hashlib.blake2b(said.encode(errors="replace"), digest_size=8).digest(), "big")
