"""Whether vectors find a cell's own source among those of other prompts."""

from __future__ import annotations

import numpy as np

_FOLDS = 5
_RIDGE = 0.3  # of the mean square length of a vector
_PAIRS = 300_000  # wrong pairs that are kept
_NEAR = 10  # sources that come nearest to a cell, or cells to a source: what is near to everything says little


def fits(cells: np.ndarray, sources: np.ndarray) -> np.ndarray:
    """How well each cell fits each source, (cells, sources), comparable from cell to cell; its own on the diagonal.

    The cosine, less half of what is usual for the source where it is near (hubs: CSLS, arXiv 1710.04087), in standard
    deviations of the cell's fits to all sources.

    Args:
        cells: one vector for each cell of a language, (cells, dimensions).
        sources: of their sources, (cells, dimensions).
    """
    cosines = _unit(cells) @ _unit(sources).T
    near = min(_NEAR, max(1, len(cosines) // 4))
    found = cosines - np.partition(cosines, -near, axis=0)[-near:].mean(0) / 2
    found -= found.mean(1, keepdims=True)
    made: np.ndarray = found / np.maximum(found.std(1, keepdims=True), 1e-12)
    return made


def standardized(vectors: np.ndarray) -> np.ndarray:
    """Each coordinate with mean 0 and deviation 1 over the vectors, so that neither language nor loud ones count."""
    centred = vectors - vectors.mean(0)
    made: np.ndarray = centred / np.maximum(centred.std(0), 1e-6 * np.abs(centred).max(initial=1e-30))
    return made


def mapped(cells: np.ndarray, sources: np.ndarray, seed: int = 0) -> np.ndarray:
    """Cells where sources are, by a linear map learnt from the pairs themselves: a ridge regression.

    Each cell is mapped by what other cells have taught (cross-fitting in ``_FOLDS`` parts): its own pair, which may be
    wrong, never speaks for itself.

    Args:
        cells: standardized, (cells, dimensions).
        sources: standardized, (cells, dimensions).
        seed: of the parts.
    """
    part = np.random.default_rng(seed).permutation(len(cells)) % _FOLDS
    inner = cells @ cells.T
    made = np.zeros_like(sources)
    for fold in range(_FOLDS):
        taught, asked = np.flatnonzero(part != fold), np.flatnonzero(part == fold)
        known = inner[np.ix_(taught, taught)]
        ridge = _RIDGE * np.trace(known) / len(taught) * np.eye(len(taught))
        made[asked] = inner[np.ix_(asked, taught)] @ np.linalg.solve(known + ridge, sources[taught])
    return made


def own_and_wrong(matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Of a matrix of fits the diagonal, and all else; of very many of these some, at equal distances."""
    other = matrix[~np.eye(len(matrix), dtype=bool)]
    return np.diagonal(matrix).copy(), other[:: -(-len(other) // _PAIRS)].copy()


def _unit(vectors: np.ndarray) -> np.ndarray:
    made: np.ndarray = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
    return made
