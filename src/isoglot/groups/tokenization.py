"""Prompts to token ids: chat template applied, generation prompt included, batches by length."""

from __future__ import annotations

import warnings
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
        max_length: longest allowed. Of a longer prompt the beginning of the last message is left out, with a warning:
            its end, and what the template puts before and after, stay. (Where that alone is too long, or no template
            is there, the last ``max_length`` tokens are taken.)

    Raises:
        DataError: if no token comes out.
    """
    ids = _encode(tokenizer, prompt)
    if not ids:
        raise DataError(problem("prompt", "at least one token", repr(prompt)))
    if max_length is None or len(ids) <= max_length:
        return ids
    warnings.warn("Prompts longer than the limit: the beginning of their text is left out.", stacklevel=2)
    head = _common_head(ids, _encode(tokenizer, _emptied(prompt))) if _has_template(tokenizer) else 0
    if head > max_length // 2:
        head = 0
    return ids[:head] + ids[len(ids) - (max_length - head) :]


def _has_template(tokenizer: Any) -> bool:
    return bool(getattr(tokenizer, "chat_template", None))


def _encode(tokenizer: Any, prompt: Prompt) -> list[int]:
    if _has_template(tokenizer):
        text = tokenizer.apply_chat_template(messages(prompt), add_generation_prompt=True, tokenize=False)
        return tokenizer(text, add_special_tokens=False).input_ids
    return tokenizer(prompt_text(prompt)).input_ids


def _emptied(prompt: Prompt) -> list[dict[str, str]]:
    """The prompt with nothing in its last message."""
    *before, last = messages(prompt)
    return [*before, {**last, "content": ""}]


def _common_head(first: Sequence[int], second: Sequence[int]) -> int:
    differ = (place for place, (a, b) in enumerate(zip(first, second, strict=False)) if a != b)
    return next(differ, min(len(first), len(second)))


def buckets(
    rows: Sequence[Sequence[int]], pad: int, *, size: int = BUCKET, device: torch.device | str | None = None
) -> Iterator[Bucket]:
    """The rows sorted by length, ``size`` at a time, padded on the right.

    Args:
        rows: token ids.
        pad: the token to fill up with.
        size: rows in a bucket, at most.
        device: where the tensors are to be.

    Yields:
        Buckets; their ``places`` together are every row's once.
    """
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
