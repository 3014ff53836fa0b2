"""States of prompt groups at every layer of a model, as they are before anything is trained."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor

from .. import representation as rep
from ..groups import PromptGroup
from ..models.chat import encode, tokens_behind
from ..models.decoder import find_decoder, is_encoder_decoder
from ..models.modes import evaluating


class CellStates(NamedTuple):
    """Where the prompts of some groups end, at every layer.

    Attributes:
        values: (layers, groups, languages, hidden size) float32, on the CPU; 0 where a group lacks a language.
        mask: (groups, languages) bool, which cells are there.
        languages: their tags, in the order in which groups name them.
    """

    values: Tensor
    mask: Tensor
    languages: list[str]


def cell_states(
    model: Any,
    tokenizer: Any,
    groups: Sequence[PromptGroup],
    progress: Callable[[int, int], None] | None = None,
) -> CellStates:
    """Runs the prompts of at least one group, without dropout and without gradients.

    Args:
        model: a Hugging Face model.
        tokenizer: its tokenizer.
        groups: the prompts.
        progress: called with the number of groups that have been run, and of all.
    """
    tell = progress or (lambda *_: None)
    layers = list(range(1, find_decoder(model).depth + 1))
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
    return CellStates(full, mask, tags)


def _of_group(model: Any, tokenizer: Any, group: PromptGroup, tags: list[str], layers: list[int]) -> Tensor:
    """(layers, cells, hidden): one group at a time, since all layers' states at all tokens are held meanwhile."""
    closed = is_encoder_decoder(model)
    rows = [encode(tokenizer, group.prompts[tag], closed=closed) for tag in tags if tag in group.prompts]
    behind = tokens_behind(tokenizer) if closed else 0
    return rep.prompt_states(model, rows, layers, pad=tokenizer.pad_token_id or 0, behind=behind).float().cpu()
