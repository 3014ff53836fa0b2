"""Texts that are nearly the same: MinHash of character n-grams, banded (Broder 1997; Leskovec et al., ch. 3)."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from itertools import combinations, pairwise

import numpy as np
from numpy.typing import NDArray

NEAR = 0.6  # share of common character 5-grams, from which two texts count as near-duplicates
_GRAM = 5
_BANDS, _ROWS = 24, 3  # a pair of share s is looked at with probability 1 - (1 - s**3)**24: 0.997 at 0.6, 0.9999 at 0.7
_MOST = 30  # texts of one bucket of which each is compared with each; of more, each with the first and the one before
_BLOCK = 2000  # texts whose n-grams are in memory together
_PRIME = np.uint64(0x9E3779B97F4A7C15)


def normal(text: str) -> str:
    """The text as texts are compared: in one form of Unicode, without case, with single spaces."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def alike(one: str, other: str) -> float:
    """The share of character 5-grams that two texts have in common (Jaccard), from 0 to 1.

    Example:
        >>> alike("How do I bake bread?", "how do I  bake bread?"), alike("abc", "xyz")
        (1.0, 0.0)
    """
    grams, others = _grams(normal(one)), _grams(normal(other))
    return len(grams & others) / len(grams | others)


def clusters(texts: Sequence[str], *, least: float = NEAR) -> list[list[int]]:
    """Places of texts that belong together: near-duplicates, and near-duplicates of those.

    Linear in the number of texts: only texts that share a bucket of one of 24 bands are compared, by their n-grams
    themselves. So a pair may be missed, once in 300 at a share of 0.6, and none is named that is not near.

    Args:
        texts: of any language.
        least: share of common character 5-grams, from 0.5 to 1.

    Returns:
        Groups of two places and more, each sorted, in the order of their first.
    """
    parents = list(range(len(texts)))
    shortened = [normal(text) for text in texts]
    for one, other in _candidates(shortened):
        first, second = _root(parents, one), _root(parents, other)
        if first != second and _share(shortened[one], shortened[other]) >= least:
            parents[max(first, second)] = min(first, second)
    found: dict[int, list[int]] = {}
    for place in range(len(texts)):
        found.setdefault(_root(parents, place), []).append(place)
    return [places for places in found.values() if len(places) > 1]


def near_any(texts: Sequence[str], others: Sequence[str], *, least: float = NEAR) -> set[int]:
    """Places of the texts that are near one of the others; as :func:`clusters`, without what follows of what."""
    shortened = [normal(text) for text in (*texts, *others)]
    border = len(texts)
    found: set[int] = set()
    for one, other in _candidates(shortened, border):
        inner, outer = min(one, other), max(one, other)
        if inner < border <= outer and inner not in found and _share(shortened[inner], shortened[outer]) >= least:
            found.add(inner)
    return found


def _candidates(texts: Sequence[str], border: int = 0) -> Iterator[tuple[int, int]]:
    """Pairs that may be near: equal texts, and texts that share a bucket.

    Args:
        texts: normalized.
        border: only pairs with a place on either side of it are wanted; 0: all pairs.
    """
    first: dict[str, int] = {}
    distinct = []
    for place, text in enumerate(texts):
        # A text on one side of the border stands for its equals there, not for those on the other.
        known = first.setdefault(f"{place < border}{text}", place)
        if known == place:
            distinct.append(place)
        else:
            yield known, place
            if place < border:
                distinct.append(place)
    signatures = _signatures([texts[place] for place in distinct])
    places = np.asarray(distinct)
    for band in range(_BANDS):
        keys = signatures[:, band]
        order = np.argsort(keys, kind="stable")
        ends = np.flatnonzero(np.diff(keys[order])) + 1
        for bucket in _long(order, ends):
            yield from _pairs(places[bucket].tolist(), border)


def _long(order: NDArray[np.intp], ends: NDArray[np.intp]) -> Iterator[NDArray[np.intp]]:
    """The runs of two and more."""
    starts, stops = np.concatenate([[0], ends]), np.concatenate([ends, [len(order)]])
    for place in np.flatnonzero(stops - starts > 1):
        yield order[starts[place] : stops[place]]


def _pairs(bucket: list[int], border: int) -> Iterator[tuple[int, int]]:
    if border:
        inner, outer = [p for p in bucket if p < border], [p for p in bucket if p >= border]
        yield from ((one, other) for one in inner for other in outer[:_MOST])
    elif len(bucket) <= _MOST:
        yield from combinations(bucket, 2)
    else:
        for before, place in pairwise(bucket):
            yield from ((bucket[0], place), (before, place))


def _signatures(texts: Sequence[str]) -> NDArray[np.uint64]:
    """One key for each text and band: (texts, bands)."""
    draw = np.random.default_rng(0)
    odd = draw.integers(0, 2**63, size=_BANDS * _ROWS, dtype=np.uint64) * np.uint64(2) + np.uint64(1)
    shift = draw.integers(0, 2**63, size=_BANDS * _ROWS, dtype=np.uint64)
    keys = np.empty((len(texts), _BANDS), dtype=np.uint64)
    for start in range(0, len(texts), _BLOCK):
        block = texts[start : start + _BLOCK]
        hashes, begins = _hashed(block)
        keys[start : start + len(block)] = 0
        for number in range(_BANDS * _ROWS):
            mixed = hashes * odd[number] + shift[number]
            least = np.minimum.reduceat((mixed ^ (mixed >> np.uint64(29))) * _PRIME, begins)
            band = keys[start : start + len(block), number // _ROWS]
            band *= _PRIME
            band += least
            band ^= band >> np.uint64(31)
    return keys


def _hashed(texts: Sequence[str]) -> tuple[NDArray[np.uint64], NDArray[np.intp]]:
    """Hashes of all n-grams of the texts, and where those of each text begin."""
    padded = [text.ljust(_GRAM, "\0") for text in texts]
    codes = np.frombuffer("".join(padded).encode("utf-32-le", "surrogatepass"), dtype=np.uint32).astype(np.uint64)
    lengths = np.fromiter(map(len, padded), dtype=np.intp, count=len(padded))
    rolled = np.zeros(len(codes) - _GRAM + 1, dtype=np.uint64)
    for place in range(_GRAM):
        rolled = (rolled ^ codes[place : place + len(rolled)]) * _PRIME
        rolled ^= rolled >> np.uint64(32)
    ends = np.cumsum(lengths)
    # N-grams that reach over into the next text are left out.
    inside = np.ones(len(rolled), dtype=bool)
    for back in range(1, _GRAM):
        inside[(ends[:-1] - back)] = False
    counts = lengths - _GRAM + 1
    return rolled[inside], np.concatenate([[0], np.cumsum(counts)[:-1]])


def _grams(text: str) -> frozenset[str]:
    text = text.ljust(_GRAM, "\0")
    return frozenset(text[place : place + _GRAM] for place in range(len(text) - _GRAM + 1))


def _share(one: str, other: str) -> float:
    if one == other:
        return 1.0
    grams, others = _grams(one), _grams(other)
    common = len(grams & others)
    return common / (len(grams) + len(others) - common)


def _root(parents: list[int], place: int) -> int:
    while parents[place] != place:
        parents[place] = parents[parents[place]]
        place = parents[place]
    return place
