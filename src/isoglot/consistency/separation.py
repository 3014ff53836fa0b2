"""The separation guard: different prompts stay as far apart as they were before training."""

from __future__ import annotations

import torch
from torch import Tensor

LEAST = 1e-3


def crowding(now: Tensor, before: Tensor) -> Tensor:
    r"""How much nearer different prompts have come to each other, as a share of how far apart they were.

    With :math:`c_{ij}` the cosine between the directions of prompts i and j:

    .. math:: \sum_{i \ne j} \max(0, c_{ij} - c^0_{ij}) \Big/ \sum_{i \ne j} (1 - c^0_{ij})

    The paper's loss says nothing between prompts; PMRL (arXiv 2507.17343) adds a contrastive term against collapse.
    This one asks for no more distance than there was.

    Args:
        now: unit directions of prompts, (layers, prompts, dim).
        before: the same, before training.

    Returns:
        A scalar: 0 where no pair has come nearer, 1 where all prompts point one way; 0 for fewer than two prompts.
        Pairs that were as good as one before (1 - cosine below 0.001) do not count.
    """
    now, before = now.double(), before.double()
    cosine, reference = now @ now.mT, before @ before.mT
    counted = (1 - reference >= LEAST) & ~torch.eye(now.size(1), device=now.device, dtype=torch.bool)
    nearer = torch.where(counted, (cosine - reference).clamp_min(0), 0.0).sum()
    distance = torch.where(counted, 1 - reference, 0.0).sum()
    return (nearer / distance.clamp_min(LEAST)).float()
