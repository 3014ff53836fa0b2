"""Whether prompts lie by their meaning or by their language: translations found, and two silhouettes."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import normalize


def finds_translation(states: Tensor, mask: Tensor, pivot: int) -> Tensor:
    """Whether a pivot's prompt has its own translation as its nearest prompt of a language, by cosine.

    Args:
        states: (groups, languages, dim), of one layer.
        mask: (groups, languages) bool, which are there; each group has its pivot.
        pivot: its place among the languages.

    Returns:
        (groups, languages), 1 or 0, and 0 where another one is as near; NaN where there is no prompt, or it is the only
        one of its language. By chance it is one in as many as the language has.
    """
    unit = normalize(states, dim=-1)
    found = states.new_full(mask.shape, torch.nan)
    for place in range(states.size(1)):
        there = mask[:, place]
        if int(there.sum()) < 2:
            continue
        cosine = unit[there, pivot] @ unit[there, place].T
        as_near = (cosine >= cosine.diagonal().unsqueeze(1)).sum(1)
        found[there, place] = (as_near == 1).to(found.dtype)
    return found


def silhouettes(states: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
    """How well each prompt lies among its translations, and among prompts of its language.

    The silhouette (Rousseeuw 1987) of a prompt compares its mean distance (1 - cosine) from its own cluster with that
    from the nearest other one. LASA (arXiv 2604.12710) takes the layer at which that by meaning less that by language
    is largest.

    Args:
        states: (groups, languages, dim), of one layer.
        mask: (groups, languages) bool, which are there.

    Returns:
        By meaning and by language, each (groups, languages) in [-1, 1]; NaN where there is no prompt.
    """
    unit = normalize(states[mask], dim=-1)
    made = []
    for cluster in mask.nonzero().T:  # groups, languages
        values = states.new_full(mask.shape, torch.nan)
        values[mask] = _silhouette(unit, cluster)
        made.append(values)
    return made[0], made[1]


def _silhouette(unit: Tensor, cluster: Tensor) -> Tensor:
    """(points,), 0 for a point that is alone in its cluster, or where there is one cluster only.

    Distances from all of a cluster add up to its size less the product with the sum of its unit rows, so that no
    distance of two points is needed by itself.
    """
    count = int(cluster.max()) + 1
    size = torch.bincount(cluster, minlength=count).to(unit.dtype)
    total = size - unit @ unit.new_zeros(count, unit.size(1)).index_add(0, cluster, unit).T
    itself = 1 - unit.square().sum(-1)
    mine = cluster.unsqueeze(1)
    own = (total.gather(1, mine).squeeze(1) - itself) / (size[cluster] - 1).clamp_min(1)
    others = (total / size).scatter(1, mine, torch.inf).masked_fill(size == 0, torch.inf).amin(1)
    value = (others - own) / torch.maximum(others, own).clamp_min(1e-30)
    return value.where((size[cluster] > 1) & others.isfinite(), 0.0)
