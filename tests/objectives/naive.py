"""The objectives once more, written as loops over the published formulas, in float64 numpy.

Each takes all groups, as lists of the rows that are there; ``weights`` likewise; the pivot is the first row.
"""

from __future__ import annotations

import math

import numpy as np


def _unit(row):
    return row / np.linalg.norm(row)


def rank_one(groups, weights, *, temperature=0.2, scaling="leading"):
    """-log softmax of the leading singular value."""
    values = []
    for rows, w in zip(groups, weights, strict=True):
        if len(rows) < 2:
            values.append(0.0)
            continue
        scaled = [math.sqrt(wi / sum(w) * len(rows)) * _unit(row) for row, wi in zip(rows, w, strict=True)]
        s = np.linalg.svd(np.stack(scaled), compute_uv=False)
        if scaling == "leading":
            s = s / s[0]
        values.append(-math.log(math.exp(s[0] / temperature) / sum(math.exp(x / temperature) for x in s)))
    return values


def pivot_cosine(groups, weights):
    """Weighted mean of 1 - cos(row, pivot's row) over the others."""
    values = []
    for rows, w in zip(groups, weights, strict=True):
        total = value = 0.0
        for place in range(1, len(rows)):
            total += w[place]
            value += w[place] * (1 - float(_unit(rows[place]) @ _unit(rows[0])))
        values.append(value / total if total else 0.0)
    return values


def pivot_distance(groups, weights):
    """Weighted mean over the others of the squared distance from the pivot's row, by dimension."""
    values = []
    for rows, w in zip(groups, weights, strict=True):
        total = value = 0.0
        for place in range(1, len(rows)):
            total += w[place]
            value += w[place] * sum((x - y) ** 2 for x, y in zip(rows[place], rows[0], strict=True)) / len(rows[0])
        values.append(value / total if total else 0.0)
    return values


def pairwise_cosine(groups, weights):
    """Weighted mean of 1 - cos over all pairs."""
    values = []
    for rows, w in zip(groups, weights, strict=True):
        total = value = 0.0
        for i in range(len(rows)):
            for j in range(i + 1, len(rows)):
                total += w[i] * w[j]
                value += w[i] * w[j] * (1 - float(_unit(rows[i]) @ _unit(rows[j])))
        values.append(value / total if total else 0.0)
    return values


def centroid(groups, weights):
    """Weighted mean of 1 - cos(row, weighted mean of the unit rows)."""
    values = []
    for rows, w in zip(groups, weights, strict=True):
        if len(rows) < 2:
            values.append(0.0)
            continue
        center = sum(wi * _unit(row) for row, wi in zip(rows, w, strict=True))
        distances = [wi * (1 - float(_unit(row) @ _unit(center))) for row, wi in zip(rows, w, strict=True)]
        values.append(sum(distances) / sum(w))
    return values


def info_nce(groups, weights, *, temperature=0.2):
    """Weighted mean over the other rows of -log of the own pivot's share among all groups' pivots."""
    values = []
    for g, (rows, w) in enumerate(zip(groups, weights, strict=True)):
        total = value = 0.0
        for place in range(1, len(rows)):
            against = [math.exp(float(_unit(rows[place]) @ _unit(other[0])) / temperature) for other in groups]
            total += w[place]
            value += w[place] * -math.log(against[g] / sum(against))
        values.append(value / total if total else 0.0)
    return values
