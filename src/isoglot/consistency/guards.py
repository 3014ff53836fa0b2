"""Guards: what must not happen while languages are made alike.

Guarded prompts keep the states that they had (retention), different prompts come no nearer to each other (separation),
and nothing that is not finite gets on towards the optimizer.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from ..errors import RunError, problem
from ..groups import PromptGroup, PromptGroups
from ..groups.sampling import number_of
from ..models.decoder import find_decoder
from ..representation import Space

LEAST = 1e-3  # distance (1 - cosine) before training below which two prompts are as good as one
ADVICE = "Lower the learning rate or consistency.weight, or look for such values in the model"


def guarded_groups(groups: PromptGroups, retain: str | float, seed: int) -> list[PromptGroup]:
    """The groups whose representations are to stay.

    Args:
        groups: all groups.
        retain: ``"harmless"``, or a share of all groups, above 0 and below 1, chosen by a hash of their ids.
        seed: of that choice.
    """
    if retain == "harmless":
        return [group for group in groups if group.kind == "harmless"]
    return [group for group in groups if number_of(group.id, seed) / 2**64 < float(retain)]


def drift(states: Tensor, before: Tensor, space: Space | None = None) -> Tensor:
    r"""How far states have moved from where they were, squared.

    Args:
        states: (layers, cells, hidden size), now.
        before: the same, before training.
        space: where to look; None: at the states themselves.

    Returns:
        (cells,), >= 0, averaged over the layers. In a space the mean over its coordinates, so 1 is a step of one
        spread in each; else relative to the squared length before, where a loud coordinate hides what others do.
    """
    moved = states - before
    if space is not None:
        return space.of_differences(moved).square().mean((0, 2))
    return (moved.square().sum(-1) / before.square().sum(-1).clamp_min(1e-30)).mean(0)


def without(groups: Sequence[PromptGroup], left_out: Sequence[PromptGroup]) -> list[PromptGroup]:
    """The groups less some of them, by id."""
    ids = {group.id for group in left_out}
    return [group for group in groups if group.id not in ids]


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


def not_finite(where: str) -> RunError:
    """What is raised for them."""
    return RunError(problem(where, "finite values", "infinity or not a number", ADVICE))


def check_finite(values: Tensor, where: str) -> None:
    """Stops them before they get any further."""
    if not bool(torch.isfinite(values).all()):
        raise not_finite(where)


def zero_if_broken(gradient: Tensor) -> Tensor:
    """The gradient, or zeros if any of it is not finite."""
    return gradient if bool(torch.isfinite(gradient).all()) else torch.zeros_like(gradient)


def gradients_are_finite(model: Any, deepest: int) -> bool:
    """Whether what the decoder layers up to the deepest chosen one have gathered is finite, on this process."""
    layers = find_decoder(model).layers[:deepest]
    gradients = [p.grad for layer in layers for p in layer.parameters() if p.grad is not None]
    return not gradients or bool(torch.stack([_norm(gradient) for gradient in gradients]).isfinite().all())


def _norm(gradient: Tensor) -> Tensor:
    """The length of a gradient, of this process's part where it is sharded."""
    local = gradient.to_local() if hasattr(gradient, "to_local") else gradient
    made: Tensor = torch.linalg.vector_norm(local.float())
    return made
