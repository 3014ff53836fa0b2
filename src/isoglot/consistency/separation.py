"""The separation guard: different prompts stay as far apart as they were before training."""

from __future__ import annotations

import torch
from torch import Tensor


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
    """
    apart = 1 - torch.eye(now.size(1), device=now.device, dtype=now.dtype)
    cosine, reference = now @ now.mT, before @ before.mT
    nearer = ((cosine - reference).clamp_min(0) * apart).sum()
    return nearer / ((1 - reference) * apart).sum().clamp_min(1e-12)
