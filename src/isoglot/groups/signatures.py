"""Signatures by which near-duplicates meet: MinHash of character n-grams, banded (see :mod:`isoglot.groups.near`)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations, pairwise

import numpy as np
from numpy.typing import NDArray

GRAM = 5
BANDS, _ROWS = 24, 3  # a pair of share s is looked at with probability 1 - (1 - s**3)**24: 0.997 at 0.6, 0.9999 at 0.7
MOST = 30  # texts of one bucket of which each is compared with each; of more, each with the first and the one before
_BLOCK = 2000  # texts whose n-grams are in memory together
_PRIME = np.uint64(0x9E3779B97F4A7C15)


def buckets(keys: NDArray[np.uint64]) -> Iterator[NDArray[np.intp]]:
    """Places of keys that come twice and more, those of one key together."""
    order = np.argsort(keys, kind="stable")
    ends = np.flatnonzero(np.diff(keys[order])) + 1
    starts, stops = np.concatenate([[0], ends]), np.concatenate([ends, [len(order)]])
    for place in np.flatnonzero(stops - starts > 1):
        yield order[starts[place] : stops[place]]


def pairs(bucket: Sequence[int]) -> Iterator[tuple[int, int]]:
    """The pairs of a bucket that are looked at: linear in its size, and enough to join what is alike."""
    if len(bucket) <= MOST:
        yield from combinations(bucket, 2)
    else:
        for before, place in pairwise(bucket):
            yield from ((bucket[0], place), (before, place))


def signatures(texts: Sequence[str], bands: int = BANDS) -> NDArray[np.uint64]:
    """One key for each text and band: (texts, bands). Texts that are near share a key in some band.

    Args:
        texts: as they are compared.
        bands: the first so many.
    """
    draw = np.random.default_rng(0)
    odd = draw.integers(0, 2**63, size=BANDS * _ROWS, dtype=np.uint64) * np.uint64(2) + np.uint64(1)
    shift = draw.integers(0, 2**63, size=BANDS * _ROWS, dtype=np.uint64)
    keys = np.empty((len(texts), bands), dtype=np.uint64)
    for start in range(0, len(texts), _BLOCK):
        block = texts[start : start + _BLOCK]
        hashes, begins = _hashed(block)
        keys[start : start + len(block)] = 0
        for number in range(bands * _ROWS):
            mixed = hashes * odd[number] + shift[number]
            least = np.minimum.reduceat((mixed ^ (mixed >> np.uint64(29))) * _PRIME, begins)
            band = keys[start : start + len(block), number // _ROWS]
            band *= _PRIME
            band += least
            band ^= band >> np.uint64(31)
    return keys


def _hashed(texts: Sequence[str]) -> tuple[NDArray[np.uint64], NDArray[np.intp]]:
    """Hashes of all n-grams of the texts, and where those of each text begin."""
    padded = [text.ljust(GRAM, "\0") for text in texts]
    codes = np.frombuffer("".join(padded).encode("utf-32-le", "surrogatepass"), dtype=np.uint32).astype(np.uint64)
    lengths = np.fromiter(map(len, padded), dtype=np.intp, count=len(padded))
    rolled = np.zeros(len(codes) - GRAM + 1, dtype=np.uint64)
    for place in range(GRAM):
        rolled = (rolled ^ codes[place : place + len(rolled)]) * _PRIME
        rolled ^= rolled >> np.uint64(32)
    ends = np.cumsum(lengths)
    # N-grams that reach over into the next text are left out.
    inside = np.ones(len(rolled), dtype=bool)
    for back in range(1, GRAM):
        inside[(ends[:-1] - back)] = False
    counts = lengths - GRAM + 1
    return rolled[inside], np.concatenate([[0], np.cumsum(counts)[:-1]])
