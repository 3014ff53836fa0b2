"""Texts that are nearly the same: MinHash of character n-grams, banded (Broder 1997; Leskovec et al., ch. 3).

Whoever looks for near texts does so here, or by way of a file with :mod:`isoglot.groups.near_stored`: what of a text
is compared (:func:`~isoglot.groups.compared.letters`) and from which share it is near is said once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

import numpy as np

from .compared import letters
from .signatures import BANDS, GRAM, MOST, buckets, pairs, signatures

NEAR = 0.6  # share of common character 5-grams, from which two texts count as near-duplicates


def alike(one: str, other: str) -> float:
    """The share of character 5-grams that two texts have in common (Jaccard), from 0 to 1.

    Case, spaces and punctuation aside, as :func:`~isoglot.groups.compared.letters` leaves it.

    Example:
        >>> alike("How do I bake bread?", "how do I...  bake bread"), alike("abc", "xyz")
        (1.0, 0.0)
    """
    return common(grams_of(letters(one)), grams_of(letters(other)))


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
    compared = [letters(text) for text in texts]
    return joined(_candidates(compared), lambda one, other: _share(compared[one], compared[other]) >= least)


def joined(candidates: Iterable[tuple[int, int]], are_near: Callable[[int, int], bool]) -> list[list[int]]:
    """Places that belong together, each with what is near it and what is near that.

    Args:
        candidates: pairs of places; of those that belong together already nothing is asked.
        are_near: whether two places are near each other.

    Returns:
        As :func:`clusters`.
    """
    parents: dict[int, int] = {}  # of those that are not the first of theirs
    for one, other in candidates:
        first, second = _root(parents, one), _root(parents, other)
        if first != second and are_near(one, other):
            parents[max(first, second)] = min(first, second)
    found: dict[int, list[int]] = {}
    for place in sorted(parents):
        root = _root(parents, place)
        found.setdefault(root, [root]).append(place)
    return [found[root] for root in sorted(found)]


def near_any(texts: Sequence[str], others: Sequence[str], *, least: float = NEAR) -> set[int]:
    """Places of the texts that are near one of the others; as :func:`clusters`, without what follows of what."""
    if not (texts and others):
        return set()
    compared = [letters(text) for text in (*texts, *others)]
    border = len(texts)
    found: set[int] = set()
    for one, other in _candidates(compared, border):
        inner, outer = min(one, other), max(one, other)
        if inner < border <= outer and inner not in found and _share(compared[inner], compared[outer]) >= least:
            found.add(inner)
    return found


def _candidates(texts: Sequence[str], border: int = 0) -> Iterator[tuple[int, int]]:
    """Pairs that may be near: equal texts, and texts that share a bucket.

    Args:
        texts: as they are compared.
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
    keys = signatures([texts[place] for place in distinct])
    places = np.asarray(distinct)
    for band in range(BANDS):
        for bucket in buckets(keys[:, band]):
            yield from _pairs(places[bucket].tolist(), border)


def _pairs(bucket: list[int], border: int) -> Iterator[tuple[int, int]]:
    if not border:
        yield from pairs(bucket)
        return
    inner, outer = [p for p in bucket if p < border], [p for p in bucket if p >= border]
    yield from ((one, other) for one in inner for other in outer[:MOST])


def grams_of(text: str) -> frozenset[str]:
    """The character 5-grams of a text, as :func:`~isoglot.groups.compared.letters` leaves it."""
    text = text.ljust(GRAM, "\0")
    return frozenset(text[place : place + GRAM] for place in range(len(text) - GRAM + 1))


def common(grams: frozenset[str], others: frozenset[str]) -> float:
    """The share of two sets that both have (Jaccard)."""
    both = len(grams & others)
    return both / (len(grams) + len(others) - both)


def _share(one: str, other: str) -> float:
    return 1.0 if one == other else common(grams_of(one), grams_of(other))


def _root(parents: dict[int, int], place: int) -> int:
    """Where the chain of parents ends; who has none is not in them."""
    while place in parents:
        parents[place] = parents.get(parents[place], parents[place])
        place = parents[place]
    return place
