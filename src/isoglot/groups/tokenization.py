"""Prompts to token ids: chat template applied, generation prompt included, batches by length."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor

from ..errors import DataError, problem
from .group import Prompt, messages, prompt_text

BUCKET = 8  # rows of like length per forward pass; one long row among short ones wastes most of a batch


class Bucket(NamedTuple):
    """Rows of like length."""

    places: list[int]  # of these rows among all given
    input_ids: Tensor  # (rows, tokens), padded on the right
    attention_mask: Tensor  # (rows, tokens)


def encode(tokenizer: Any, prompt: Prompt, *, max_length: int | None = None) -> list[int]:
    """Token ids of a prompt up to where the answer begins.

    Args:
        tokenizer: a Hugging Face tokenizer. Without a chat template the prompt's text is taken as it is.
        prompt: text or chat messages.
        max_length: longest allowed; the middle of a longer prompt is cut out, so that the end of the template stays.

    Raises:
        DataError: if no token comes out.
    """
    if getattr(tokenizer, "chat_template", None):
        text = tokenizer.apply_chat_template(messages(prompt), add_generation_prompt=True, tokenize=False)
        ids = tokenizer(text, add_special_tokens=False).input_ids
    else:
        ids = tokenizer(prompt_text(prompt)).input_ids
    if not ids:
        raise DataError(problem("prompt", "at least one token", repr(prompt)))
    if max_length is not None and len(ids) > max_length:
        half = max_length // 2
        ids = [*ids[: max_length - half], *ids[len(ids) - half :]]
    return ids


def buckets(
    rows: Sequence[Sequence[int]], pad: int, *, size: int = BUCKET, device: torch.device | str | None = None
) -> Iterator[Bucket]:
    """The rows sorted by length, ``size`` at a time, padded on the right."""
    order = sorted(range(len(rows)), key=lambda place: (len(rows[place]), place))
    for start in range(0, len(order), size):
        places = order[start : start + size]
        longest = max(len(rows[place]) for place in places)
        ids = torch.full((len(places), longest), pad, dtype=torch.long)
        mask = torch.zeros((len(places), longest), dtype=torch.long)
        for row, place in enumerate(places):
            ids[row, : len(rows[place])] = torch.tensor(rows[place])
            mask[row, : len(rows[place])] = 1
        yield Bucket(places, ids.to(device), mask.to(device))
