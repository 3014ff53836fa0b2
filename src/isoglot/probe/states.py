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
        values: (layers, groups, languages, hidden size) on the CPU, in the model's own dtype, so that nothing is lost
            and a model of half precision takes half the memory; 0 where a group lacks a language.
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

    Raises:
        DataError: for a prompt of which no token comes out, or that the chat template does not write.
    """
    tell = progress or (lambda *_: None)
    layers = list(range(1, find_decoder(model).depth + 1))
    tags = list(dict.fromkeys(tag for group in groups for tag in group.prompts))
    mask = torch.tensor([[tag in group.prompts for tag in tags] for group in groups])
    values = torch.empty(0)
    with evaluating(model):
        for done, group in enumerate(groups):
            tell(done, len(groups))
            found = _of_group(model, tokenizer, group, tags, layers)
            if not done:  # held once: 80 layers of 8192 numbers and 1,300 prompts are 1.7 GB in half precision
                values = found.new_zeros(len(layers), *mask.shape, found.size(-1))
            values[:, done, mask[done]] = found
    tell(len(groups), len(groups))
    return CellStates(values, mask, tags)


def _of_group(model: Any, tokenizer: Any, group: PromptGroup, tags: list[str], layers: list[int]) -> Tensor:
    """(layers, cells, hidden): one group at a time, since all layers' states at all tokens are held meanwhile."""
    closed = is_encoder_decoder(model)
    rows = [encode(tokenizer, group.prompts[tag], closed=closed) for tag in tags if tag in group.prompts]
    behind = tokens_behind(tokenizer) if closed else 0
    return rep.prompt_states(model, rows, layers, pad=tokenizer.pad_token_id or 0, behind=behind).cpu()
