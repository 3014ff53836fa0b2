"""Rows of tokens in batches of like length."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import torch
from torch import Tensor


class Bucket(NamedTuple):
    """Rows of like length."""

    places: list[int]  # of these rows among all given
    input_ids: Tensor  # (rows, tokens), padded on the right
    attention_mask: Tensor  # (rows, tokens)


def buckets(
    rows: Sequence[Sequence[int]],
    pad: int,
    *,
    most: int | None = None,
    overhead: int = 0,
    device: torch.device | str | None = None,
) -> Iterator[Bucket]:
    """The rows sorted by length and cut such that as little as possible is spent, padded on the right.

    A bucket costs its tokens, padding included, and what each pass costs whatever is in it.

    Args:
        rows: token ids.
        pad: the token to fill up with.
        most: tokens in a bucket, padding included; a row that is longer has one to itself. None: as many as there are.
        overhead: what a pass costs next to its tokens, in tokens.
        device: where the tensors are to be.

    Yields:
        Buckets; their ``places`` together are every row's once.
    """
    order = sorted(range(len(rows)), key=lambda place: (len(rows[place]), place))
    for start, stop in _cuts([len(rows[place]) for place in order], most, overhead):
        places = order[start:stop]
        longest = len(rows[places[-1]])
        ids = torch.full((len(places), longest), pad, dtype=torch.long)
        mask = torch.zeros((len(places), longest), dtype=torch.long)
        for row, place in enumerate(places):
            ids[row, : len(rows[place])] = torch.tensor(rows[place])
            mask[row, : len(rows[place])] = 1
        yield Bucket(places, ids.to(device), mask.to(device))


def _cuts(lengths: Sequence[int], most: int | None, overhead: int) -> list[tuple[int, int]]:
    """Where to cut ascending lengths: the cheapest way, by dynamic programming from the front."""
    least, begins = [0.0], [0]
    for stop in range(1, len(lengths) + 1):
        cheapest, begin = float("inf"), stop - 1
        for start in range(stop - 1, -1, -1):
            size = (stop - start) * lengths[stop - 1]
            if most is not None and size > most and start < stop - 1:
                break
            cost = least[start] + size + overhead
            if cost < cheapest:
                cheapest, begin = cost, start
        least.append(cheapest)
        begins.append(begin)
    cuts, stop = [], len(lengths)
    while stop:
        cuts.append((begins[stop], stop))
        stop = begins[stop]
    return cuts[::-1]
