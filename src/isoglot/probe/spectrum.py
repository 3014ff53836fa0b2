"""The spectrum of prompt groups at every layer of a model."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from .. import representation as rep
from ..groups import KINDS, PromptGroup, PromptGroups
from ..groups.tokenization import encode


def layer_spectrum(model: Any, tokenizer: Any, groups: PromptGroups, *, limit: int = 64) -> dict[str, Any]:
    """How alike the languages of a prompt, and how different the prompts, are at each decoder layer.

    Args:
        model: a Hugging Face model.
        tokenizer: its tokenizer.
        groups: prompts; those in one language only are left out.
        limit: most groups of each kind.

    Returns:
        Plain values: ``layers`` (1 to the depth) and ``kinds``: for ``all`` and each kind of prompt there is,
        ``groups`` (how many) and, by layer, means over the groups of ``leading_share``, ``effective_rank``,
        ``min_cosine`` and ``spectrum`` (shares of the squared singular values, descending), and ``between_cosine``.
    """
    layers = list(range(1, rep.find_decoder(model).depth + 1))
    several = [group for group in groups if len(group.prompts) > 1]
    by_kind = {kind: [group for group in several if group.kind == kind][:limit] for kind in (*KINDS, None)}
    chosen = [group for kind in by_kind.values() for group in kind]
    if not chosen:
        return {"layers": layers, "kinds": {}}
    states, mask = _states(model, tokenizer, chosen, layers)
    kinds, start = {"all": _measures(states, mask)}, 0
    for kind, members in by_kind.items():
        if members:
            part = slice(start, start + len(members))
            kinds[kind or "unknown"] = _measures(states[:, part], mask[part])
            start += len(members)
    return {"layers": layers, "kinds": kinds}


@torch.no_grad()
def _states(model: Any, tokenizer: Any, groups: list[PromptGroup], layers: list[int]) -> tuple[Tensor, Tensor]:
    """(layers, groups, languages, hidden) on the CPU, in evaluation mode, and which cells are there."""
    tags = list(dict.fromkeys(tag for group in groups for tag in group.prompts))
    mask = torch.tensor([[tag in group.prompts for tag in tags] for group in groups])
    rows = [encode(tokenizer, group.prompts[tag]) for group in groups for tag in tags if tag in group.prompts]
    training = model.training
    model.eval()
    try:
        found = rep.prompt_states(model, rows, layers, pad=tokenizer.pad_token_id or 0).float().cpu()
    finally:
        model.train(training)
    full = found.new_zeros(len(layers), *mask.shape, found.size(-1))
    full[:, mask] = found
    return full, mask


def _measures(states: Tensor, mask: Tensor) -> dict[str, Any]:
    measures: dict[str, Any] = {"groups": mask.size(0)}
    for name in ("leading_share", "effective_rank", "min_cosine", "between_cosine"):
        values = [getattr(rep, name)(layer, mask).mean().item() for layer in states]
        measures[name] = [round(value, 6) for value in values]
    shares = []
    for layer in states:
        squared = rep.singular_values(layer, mask).square()
        mean = (squared / squared.sum(-1, keepdim=True)).mean(0)
        shares.append([round(value, 6) for value in mean.tolist()])
    return measures | {"spectrum": shares}
