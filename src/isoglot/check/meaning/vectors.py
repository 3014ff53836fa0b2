"""What finds wrong translations by vectors of texts, whatever model makes them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..checker import Cell
from .compared import Compared, Fits
from .retrieval import fits, mapped, own_and_wrong, standardized

WAYS = ("raw", "standardized", "mapped")
_MOST = 2048  # cells compared with each other at once: a square of numbers
_HELD = 8192  # sources whose vectors are kept, for the other languages' cells


class ByVectors(Compared):
    """A checker that looks whether a cell is nearer to its own source than to other prompts'.

    Several ways of looking at the vectors are tried for each language: as they are, standardized, and with the cells
    brought to where sources are by a map learnt from the file, at each layer that the model gives.

    Args:
        name: in reports and findings.
        ways: of ``WAYS``, those that are tried.
    """

    def __init__(self, name: str, ways: Sequence[str] = WAYS) -> None:
        super().__init__(name)
        self.ways = tuple(ways)
        self._sources: dict[str, np.ndarray] = {}

    def vectors(self, texts: Sequence[str]) -> np.ndarray:
        """(layers, texts, dimensions), float32; one vector for each text at each of some layers."""
        raise NotImplementedError

    def fits(self, cells: Sequence[Cell]) -> list[Fits]:
        """One for each layer and way of looking."""
        own, sources = self.vectors([cell.text for cell in cells]), self._of_sources([cell.source for cell in cells])
        parts = np.array_split(np.arange(len(cells)), -(-len(cells) // _MOST))
        return [
            _joined([self._looked_at(x[part], y[part], way) for part in parts])
            for x, y in zip(own, sources, strict=True)
            for way in self.ways
        ]

    def _looked_at(self, x: np.ndarray, y: np.ndarray, way: str) -> Fits:
        if way != "raw":
            x, y = standardized(x), standardized(y)
        if way == "mapped":
            x = mapped(x, y)
        return Fits(*own_and_wrong(fits(x, y)))

    def _of_sources(self, texts: Sequence[str]) -> np.ndarray:
        new = [text for text in dict.fromkeys(texts) if text not in self._sources]
        if len(self._sources) + len(new) > _HELD:
            self._sources.clear()
            new = list(dict.fromkeys(texts))
        if new:
            made = self.vectors(new)
            self._sources.update({text: made[:, place] for place, text in enumerate(new)})
        return np.stack([self._sources[text] for text in texts], axis=1)


def _joined(parts: Sequence[Fits]) -> Fits:
    return Fits(np.concatenate([part.own for part in parts]), np.concatenate([part.wrong for part in parts]))
