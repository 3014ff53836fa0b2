"""A row of alignment data, whatever its shape: its prompt, its answers, their turns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..errors import short, some
from ..models.messages import as_message

NAMES = ("prompt", "chosen", "rejected", "completion", "conversations", "messages")  # that a row may have
PAIR, DEMONSTRATION = ("chosen", "rejected"), ("completion",)  # the answers of a row
Message = dict[str, str]
Messages = list[Message]


def with_prompt(record: dict[str, Any], answers: Sequence[str]) -> dict[str, Any]:
    """The record with ``prompt`` and all answers, from the other names and places that they have in some files.

    Raises:
        ValueError: if the answers go on from different conversations.
    """
    record = named({key: value for key, value in record.items() if value is not None})
    if "prompt" not in record and "conversations" in record:
        record["prompt"] = record["conversations"]
    turns = record.get("messages")
    if "completion" in answers and "prompt" not in record and isinstance(turns, list) and len(turns) > 1:
        record |= {"prompt": turns[:-1], "completion": turns[-1]}
    if "completion" in answers and "completion" not in record and "chosen" in record:
        record["completion"] = record["chosen"]
    whole = [record.get(name) for name in answers]
    if "prompt" not in record and all(isinstance(turns, list) and len(turns) > 1 for turns in whole):
        record["prompt"] = whole[0][:-1]  # type: ignore[index]
        for name, turns in zip(answers, whole, strict=True):
            if turns[:-1] != record["prompt"]:  # type: ignore[index]
                raise ValueError(f"{name}: expected the same conversation before the last answer as in {answers[0]}")
    return record


def named(record: dict[str, Any]) -> dict[str, Any]:
    """The record with its fields named as we name them: people's tables write ``Prompt``, too."""
    found = {key: name for key in record if (name := key.strip().lower()) in NAMES and name not in record}
    return {found.get(key, key): value for key, value in record.items()}


def turns_of(record: dict[str, Any], name: str, role: str) -> Messages:
    """A field's text or messages as messages; a text is what the role says.

    Raises:
        ValueError: for a record without the field, for what is neither, and for messages without text.
    """
    if name not in record:
        raise ValueError(f"{name}: expected text or messages, got no such field among {some(map(short, record), 10)}")
    value = record[name]
    if isinstance(value, str) and value.strip():
        return [{"role": role, "content": value}]
    turns = [value] if isinstance(value, dict) else value
    if not isinstance(turns, list) or not turns:
        raise ValueError(f"{name}: expected text or messages, got {short(value)}")
    return [_message(turn, name, role) for turn in turns]


def _message(turn: Any, name: str, role: str) -> Message:
    try:
        found = as_message(turn, role)
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from None
    if not found["content"].strip():
        raise ValueError(f"{name}: expected a message with a role and text, got {short(turn)}")
    return {"role": found["role"], "content": found["content"]}
