"""Whether the data of a training are written as the term's prompts are: by the same template, with the same system."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Sequence
from itertools import takewhile
from typing import Any

from torch import Tensor

from ..errors import problem, short
from ..models.chat import encode
from .tokens import Looked, token_columns


def check_written(looked: Looked, tokenizer: Any) -> None:
    """Warns if none of the first rows of a training's data has what the chat template writes around every question.

    The term then compares states at the end of prompts of which training knows none.

    Args:
        looked: at the data; what cannot be read before training is passed over.
        tokenizer: that the term's prompts are written with.
    """
    if not getattr(tokenizer, "chat_template", None):
        return
    rows = list(_rows(looked.batch, tokenizer))
    if not rows:
        return
    before, behind = _around(tokenizer)
    missing = [part for part in (before, behind) if part and not any(_holds(row, part) for row in rows)]
    if not missing:
        return
    said = " and ".join(short(tokenizer.decode(part)) for part in missing)
    expected = f"rows with {said}, which the chat template writes around every question"
    step = (
        "The term would compare prompts in a form that training never shows the model. Write the data with the chat "
        "template (TRL does this for rows of messages), or give attach the chat_template_kwargs and the system_prompt "
        "that the data were written with, or set the tokenizer's chat_template to None if they were written without one"
    )
    warnings.warn(problem("training data", expected, f"none among the first {looked.rows}", step), stacklevel=4)


def _around(tokenizer: Any) -> tuple[list[int], list[int]]:
    """What is written before and behind every question, less the token next to it, which may merge with its text."""
    one, other = (encode(tokenizer, text) for text in ("a", "7 b"))
    before = _common(one, other)
    behind = _common(one[::-1], other[::-1])[::-1]
    return before[:-1], behind[1:] or behind


def _common(one: Sequence[int], other: Sequence[int]) -> list[int]:
    return [a for a, _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False))]


def _rows(batch: Any, tokenizer: Any) -> Iterator[list[int]]:
    """Token ids of rows; of rows that the trainer writes later, those that are text by now."""
    if isinstance(batch, Mapping):
        for name in token_columns(batch):
            column: Tensor = batch[name]
            yield from column.reshape(-1, max(1, column.size(-1))).tolist()
    elif isinstance(batch, list):
        prompts = [row.get("prompt") for row in batch if isinstance(row, Mapping)]
        for prompt in prompts:
            if isinstance(prompt, str):
                yield tokenizer(prompt, add_special_tokens=False).input_ids


def _holds(row: Sequence[int], part: Sequence[int]) -> bool:
    """Whether a part stands somewhere in a row as it is."""
    places = range(len(row) - len(part) + 1)
    return any(row[place : place + len(part)] == part for place in places)
