"""Cells that a checker has left unchecked in languages in which it has checked others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from ..checker import Cell

_FIRST = 5  # that are named


class Unchecked:
    """Counts them by language; a language of which nothing could be said at all is not among these."""

    def __init__(self) -> None:
        self._counts = Counter[str]()
        self._first: dict[str, list[str]] = {}
        self._why: dict[str, str] = {}
        self._told = set[str]()

    def look(self, cells: Sequence[Cell], compared: Sequence[bool], why: str) -> None:
        """Takes cells of one language.

        Args:
            cells: each is given once.
            compared: which of them were.
            why: the others were not, in words.
        """
        for cell, done in zip(cells, compared, strict=True):
            if done:
                self._told.add(cell.language)
                continue
            self._counts[cell.language] += 1
            self._why[cell.language] = why
            first = self._first.setdefault(cell.language, [])
            if len(first) < _FIRST:
                first.append(cell.id)

    def to_record(self) -> Mapping[str, Any]:
        """Language -> ``count``, the ids of the ``first``, and ``why``: of the last one."""
        return {
            tag: {"count": count, "first": self._first[tag], "why": self._why[tag]}
            for tag, count in self._counts.items()
            if tag in self._told
        }
