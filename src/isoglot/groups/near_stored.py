"""Near-duplicates among more texts than fit into memory: their signatures are in a file."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import IO

import numpy as np
from numpy.typing import NDArray

from .compared import letters
from .near import NEAR, common, grams_of, joined
from .signatures import BANDS, buckets, pairs, signatures

_WAITING = 4000  # texts whose signatures are made together
_KEPT = 256  # texts whose n-grams are kept while their neighbours are looked at


class StoredSignatures:
    """Signatures of texts by column, such as a language; only texts of one column are compared.

    In memory are a few thousand texts, and while a column is looked at some 16 bytes for each of its texts, and 4 more
    a band where several must agree.

    Args:
        file: open to read and to write, and used by nothing else; 8 bytes a text and band.
        bands: of :func:`~isoglot.groups.signatures.signatures`: all for near-duplicates, fewer for what is nearer.
        agree: in how many of them two texts must have one key to be compared. One finds most; with more, fewer texts
            that are not near are read again, of which there are the more, the more texts a column has.
    """

    def __init__(self, file: IO[bytes], bands: int = BANDS, agree: int = 1) -> None:
        self._file, self._bands, self._agree = file, bands, agree
        self._waiting: dict[str, list[tuple[int, str]]] = {}
        self._count = 0
        self._blocks: dict[str, list[tuple[int, int]]] = {}  # offset in the file, texts

    @property
    def columns(self) -> list[str]:
        """All there are, in the order of their first texts."""
        return list(dict.fromkeys([*self._blocks, *self._waiting]))

    def add(self, column: str, place: int, text: str) -> None:
        """Adds a text.

        Args:
            column: that it stands in.
            place: its number, by which it is named in clusters.
            text: as it is; it is not kept.
        """
        self._waiting.setdefault(column, []).append((place, letters(text)))
        self._count += 1
        if self._count >= _WAITING:
            self._write()

    def clusters(self, column: str, text_of: Callable[[int], str], *, least: float = NEAR) -> list[list[int]]:
        """Places of a column that belong together, as :func:`~isoglot.groups.near.clusters` gives them.

        Args:
            column: one of ``columns``.
            text_of: gives the text of a place again; asked for those alone that may have a neighbour.
            least: share of common character 5-grams.
        """
        self._write()
        grams = lru_cache(maxsize=_KEPT)(lambda place: grams_of(letters(text_of(place))))
        return joined(self._candidates(column), lambda one, other: _near(grams(one), grams(other), least))

    def _candidates(self, column: str) -> Iterator[tuple[int, int]]:
        blocks = self._blocks.get(column, [])
        places = self._read(blocks, 0)
        short = np.empty((len(places), self._bands if self._agree > 1 else 0), dtype=np.uint32)
        for band in range(short.shape[1]):
            short[:, band] = self._read(blocks, band + 1) & np.uint64(0xFFFFFFFF)
        for band in range(self._bands):
            for bucket in buckets(self._read(blocks, band + 1)):
                for one, other in pairs(bucket.tolist()):
                    if self._agree == 1 or np.count_nonzero(short[one] == short[other]) >= self._agree:
                        yield int(places[one]), int(places[other])

    def _write(self) -> None:
        """Each column's waiting texts as a block: first their places, then the keys of one band after another."""
        for column, texts in self._waiting.items():
            places = np.asarray([place for place, _ in texts], dtype=np.uint64)
            keys = signatures([text for _, text in texts], self._bands)
            self._file.seek(0, 2)
            self._blocks.setdefault(column, []).append((self._file.tell(), len(texts)))
            self._file.write(np.vstack([places, keys.T]).tobytes())
        self._waiting, self._count = {}, 0

    def _read(self, blocks: Sequence[tuple[int, int]], row: int) -> NDArray[np.uint64]:
        parts = []
        for offset, count in blocks:
            self._file.seek(offset + 8 * row * count)
            parts.append(np.frombuffer(self._file.read(8 * count), dtype=np.uint64))
        return np.concatenate(parts) if parts else np.empty(0, dtype=np.uint64)


def _near(grams: frozenset[str], others: frozenset[str], least: float) -> bool:
    fewer, more = sorted((len(grams), len(others)))
    return fewer >= least * more and common(grams, others) >= least
