"""Whether what is trained on is what the model will be asked: the chat template, looked at with the first row."""

from __future__ import annotations

import warnings
from collections.abc import Collection, Mapping, Sequence
from itertools import takewhile
from typing import Any

from ..models.chat import encode, rendered
from ..models.ends import end_tokens


def check_template(tokenizer: Any, model: Any, record: Mapping[str, Any], answers: Sequence[str]) -> None:
    """Warns of a chat template that makes training prompts differ from those of evaluation, or answers without end.

    Args:
        tokenizer: the model's.
        model: for its end tokens.
        record: a row as :func:`~isoglot.alignment.data.read_data` gives it.
        answers: its fields next to ``prompt``.
    """
    if not isinstance(record["prompt"], list) or not tokenizer.chat_template:
        return  # plain text, to which the trainer adds the end token itself
    prompt = encode(tokenizer, record["prompt"])
    text = rendered(tokenizer, record["prompt"] + record[answers[0]], answered=True)
    whole = tokenizer(text, add_special_tokens=False).input_ids
    alike = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(whole, prompt, strict=False)))
    if alike < len(prompt):
        warnings.warn(
            "tokenizer: its chat template writes a prompt differently where an answer follows, so training prompts "
            "end otherwise than those the model will be asked. Use a template that writes both alike.",
            stacklevel=2,
        )
    ends = end_tokens(model, tokenizer)
    if _count(ends, whole) <= _count(ends, prompt):  # other messages may end with the same token
        warnings.warn(
            "tokenizer: its chat template ends an answer without an end token, so the model may not learn to stop. "
            "Add the end token to the template after the assistant's message.",
            stacklevel=2,
        )


def _count(ends: Collection[int], tokens: Sequence[int]) -> int:
    return sum(token in ends for token in tokens)
