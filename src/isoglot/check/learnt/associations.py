"""Which words of a language go with which of the pivot, as a file itself shows.

A table of translation probabilities is learnt from the cells of one pair of languages by expectation maximization
(IBM's model 1: Brown et al. 1993), and a text is scored by how much likelier its words are beside its source than
anywhere. A cell is never scored by what it has taught: the cells are in folds, and each has the table of the others.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .tokens import tokens

LEAST = 100  # cells of a pair of languages from which something is learnt
_FOLDS = ((800, 8), (1600, 4))  # cells below which there are so many folds; of more cells, two
_ROUNDS = 6  # of expectation maximization
_KEPT = 0.05  # probabilities below are left out
_SURE = 0.5  # how much the table is believed
_SAME = 3.0  # what a word adds that only the source has: a name, a number
_MOST = 200  # tokens of a text that are looked at

Tokens = tuple[frozenset[str], frozenset[str]]  # of a source and of a text
Table = Mapping[str, Mapping[str, float]]


class Fold(NamedTuple):
    """What all cells but those of one fold show.

    Attributes:
        table: token of the source -> token of the text -> how much likelier it is beside it than anywhere.
        known: the tokens of texts.
    """

    table: Table
    known: frozenset[str]

    def score(self, source: frozenset[str], text: frozenset[str]) -> float:
        """How well a text goes with a source: log likelihood ratios of its tokens, over the root of their number."""
        rows = [row for token in source if (row := self.table.get(token))]
        beside: dict[str, float] = {}
        for row in rows:
            for token in text & row.keys():
                beside[token] = beside.get(token, 0.0) + row[token]
        known = text & self.known
        same = len((text - known) & source)
        total = _SAME * same + (len(known) - len(beside)) * math.log(1 - _SURE)
        for times in beside.values():
            total += math.log(_SURE * times / (len(rows) + 1) + 1 - _SURE)
        return total / math.sqrt(len(known) + same + 1)


def fold_of(source: str, folds: int) -> int:
    """In which fold a source is, wherever it stands in a file."""
    digest = hashlib.blake2b(source.encode(errors="surrogatepass"), digest_size=4).digest()
    return int.from_bytes(digest, "big") % folds


def learn_folds(
    pairs: Sequence[tuple[str, str]],
) -> tuple[list[Fold], list[int], list[tuple[frozenset[str], frozenset[str]]]]:
    """The folds of some cells, the fold of each cell, and its tokens."""
    count = next((folds for most, folds in _FOLDS if len(pairs) < most), 2)
    places = [fold_of(source, count) for source, _ in pairs]
    read = [(limited(source), limited(text)) for source, text in pairs]
    folds = [_learn([pair for pair, place in zip(read, places, strict=True) if place != fold]) for fold in range(count)]
    return folds, places, read


def limited(text: str) -> frozenset[str]:
    """The tokens of a text, of a long one those of its beginning."""
    return tokens(text[: 10 * _MOST])


def _learn(pairs: Sequence[Tokens]) -> Fold:
    sources: dict[str, int] = {"": 0}  # which stands for no word
    texts: dict[str, int] = {}
    rows, columns, places, words = [], [], [], 0
    for source, text in pairs:
        one = np.array([0, *(sources.setdefault(token, len(sources)) for token in sorted(source))])
        other = np.array([texts.setdefault(token, len(texts)) for token in sorted(text)], dtype=np.int64)
        rows.append(np.repeat(one, len(other)))
        columns.append(np.tile(other, len(one)))
        places.append(words + np.tile(np.arange(len(other)), len(one)))
        words += len(other)
    if not words:
        return Fold({}, frozenset())
    table = _table(np.concatenate(rows), np.concatenate(columns), np.concatenate(places), list(sources), list(texts))
    return Fold(table, frozenset(texts))


def _table(
    rows: NDArray[Any], columns: NDArray[Any], places: NDArray[Any], sources: list[str], texts: list[str]
) -> dict[str, dict[str, float]]:
    """The table, from each (source token, text token) of each cell and the place of the text's token."""
    keys, at = np.unique(rows.astype(np.int64) * len(texts) + columns, return_inverse=True)
    row, column = keys // len(texts), keys % len(texts)
    words = int(places.max()) + 1
    likely = np.full(len(keys), 1.0)
    for _ in range(_ROUNDS):
        shares = likely[at]
        shares /= np.bincount(places, shares, words)[places]
        counts = np.bincount(at, shares, len(keys))
        of_row = np.bincount(row, counts, len(sources))
        likely = counts / of_row[row]
    likely = counts / (of_row[row] + 1.0)  # what is rare is not believed
    usual = np.bincount(columns[rows == 0], minlength=len(texts)) / words
    found: dict[str, dict[str, float]] = {}
    for place in np.flatnonzero((likely >= _KEPT) & (row > 0)):
        times = round(float(likely[place] / usual[column[place]]), 2)
        found.setdefault(sources[row[place]], {})[texts[column[place]]] = times
    return found
