"""The spectrum of prompt groups at every layer of a model."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

from .. import representation as rep
from ..files import without_nan
from ..groups import KINDS, PromptGroup, PromptGroups
from ..models.chat import encode, tokens_behind
from ..models.decoder import find_decoder, is_encoder_decoder
from ..models.modes import evaluating

ALL, UNKNOWN = "all", "unknown"
_MEASURES = {
    "leading_share": rep.leading_share,
    "effective_rank": rep.effective_rank,
    "min_cosine": rep.min_cosine,
    "between_cosine": rep.between_cosine,
}


def layer_spectrum(
    model: Any,
    tokenizer: Any,
    groups: PromptGroups,
    *,
    limit: int = 64,
    progress: Callable[[int, int], None] | None = None,
) -> dict[str, Any]:
    """How alike the languages of a prompt, and how different the prompts, are at each decoder layer.

    Args:
        model: a Hugging Face model.
        tokenizer: its tokenizer.
        groups: prompts; those in one language only are left out.
        limit: most groups of each kind, the first ones.
        progress: called with the number of groups that have been run, and of all.

    Returns:
        Plain values: ``layers`` (1 to the depth) and ``kinds``: for ``all`` and each kind of prompt there is
        (``harmful``, ``harmless``, ``unknown``), ``groups`` (how many) and, by layer, means over the groups of
        ``leading_share``, ``effective_rank``, ``min_cosine`` and ``spectrum`` (shares of the squared singular values,
        descending), and ``between_cosine`` (None for a single group). Without groups in several languages ``kinds``
        is empty.

    Example:
        In a run directory, ``spectrum.json`` holds two of these, ``before`` and ``after``.
    """
    layers = list(range(1, find_decoder(model).depth + 1))
    several = [group for group in groups if len(group.prompts) > 1]
    by_kind = {kind or UNKNOWN: [g for g in several if g.kind == kind][:limit] for kind in (*KINDS, None)}
    by_kind = {kind: members for kind, members in by_kind.items() if members}
    chosen = [group for members in by_kind.values() for group in members]
    if not chosen:
        return {"layers": layers, "kinds": {}}
    states, mask = _states(model, tokenizer, chosen, layers, progress or (lambda *_: None))
    kinds, start = {ALL: _measured(states, mask)}, 0
    for kind, members in by_kind.items():
        part = slice(start, start + len(members))
        kinds[kind] = _measured(states[:, part], mask[part])
        start = part.stop
    return {"layers": layers, "kinds": kinds}


def _states(
    model: Any,
    tokenizer: Any,
    groups: Sequence[PromptGroup],
    layers: list[int],
    tell: Callable[[int, int], None],
) -> tuple[Tensor, Tensor]:
    """(layers, groups, languages, hidden) on the CPU, without dropout, and which cells are there."""
    tags = list(dict.fromkeys(tag for group in groups for tag in group.prompts))
    mask = torch.tensor([[tag in group.prompts for tag in tags] for group in groups])
    parts = []
    with evaluating(model):
        for done, group in enumerate(groups):
            tell(done, len(groups))
            parts.append(_of_group(model, tokenizer, group, tags, layers))
    tell(len(groups), len(groups))
    found = torch.cat(parts, dim=1)
    full = found.new_zeros(len(layers), *mask.shape, found.size(-1))
    full[:, mask] = found
    return full, mask


def _of_group(model: Any, tokenizer: Any, group: PromptGroup, tags: list[str], layers: list[int]) -> Tensor:
    """(layers, cells, hidden): one group at a time, since all layers' states at all tokens are held meanwhile."""
    closed = is_encoder_decoder(model)
    rows = [encode(tokenizer, group.prompts[tag], closed=closed) for tag in tags if tag in group.prompts]
    behind = tokens_behind(tokenizer) if closed else 0
    return rep.prompt_states(model, rows, layers, pad=tokenizer.pad_token_id or 0, behind=behind).float().cpu()


def _measured(states: Tensor, mask: Tensor) -> dict[str, Any]:
    """All measures of some groups, layer by layer."""
    measures: dict[str, Any] = {"groups": mask.size(0)}
    for name, measure in _MEASURES.items():
        measures[name] = [round(measure(layer, mask).mean().item(), 6) for layer in states]
    measures["spectrum"] = [_shares(layer, mask) for layer in states]
    made: dict[str, Any] = without_nan(measures)
    return made


def _shares(states: Tensor, mask: Tensor) -> list[float]:
    squared = rep.singular_values(states, mask).square()
    mean = (squared / squared.sum(-1, keepdim=True)).mean(0)
    return [round(value, 6) for value in mean.tolist()]
