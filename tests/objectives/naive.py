"""The objectives once more, written as loops over the published formulas, in float64 numpy."""

from __future__ import annotations

import math

import numpy as np


def _unit(rows):
    return [row / np.linalg.norm(row) for row in rows]


def rank_one(rows, weights, *, temperature=0.2, scaling="leading"):
    """-log softmax of the leading singular value; ``rows`` and ``weights`` of the languages that are there."""
    if len(rows) < 2:
        return 0.0
    total = sum(weights)
    scaled = [math.sqrt(w / total * len(rows)) * row for row, w in zip(_unit(rows), weights, strict=True)]
    s = np.linalg.svd(np.stack(scaled), compute_uv=False)
    if scaling == "leading":
        s = s / s[0]
    return -math.log(math.exp(s[0] / temperature) / sum(math.exp(x / temperature) for x in s))


def pivot_cosine(rows, weights, *, pivot=0):
    """Weighted mean of 1 - cos(row, pivot's row) over the others."""
    units = _unit(rows)
    total = value = 0.0
    for place, unit in enumerate(units):
        if place != pivot:
            total += weights[place]
            value += weights[place] * (1 - float(unit @ units[pivot]))
    return value / total if total else 0.0
