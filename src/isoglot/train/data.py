"""Alignment data: preference pairs and demonstrations from the file shapes people have, as chat messages."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from ..errors import DataError, problem, raise_all
from ..groups.readers.native import read_parquet
from ..groups.readers.row import Row, read_lines, read_list, read_text

Message = dict[str, str]
Messages = list[Message]
_ROLES = {"human": "user", "gpt": "assistant"}  # other names for roles


def read_data(path: Path, answers: Sequence[str], *, chat: bool) -> list[dict[str, Any]]:
    """Reads alignment data.

    Args:
        path: JSON lines, one JSON list, or Parquet. A record has ``prompt`` and the answers, each as text, as a list
            of ``{"role", "content"}`` or ``{"from", "value"}``, or as one of these. A demonstration (``completion``)
            may also be called ``chosen``, or be the last of ``messages``.
        answers: fields needed beside ``prompt``.
        chat: whether to give chat messages (for a tokenizer with a chat template) or plain text.

    Raises:
        DataError: with every bad row: file, line, reason.
    """
    records, problems = [], []
    for row in _rows(path):
        try:
            if row.reason:
                raise ValueError(row.reason)
            records.append(_record(row.record, answers, chat))
        except ValueError as error:
            problems.append(f"{row.file}, line {row.line}: {error}. Correct the row or remove it.")
    raise_all(problems, DataError)
    if not records:
        raise DataError(problem(str(path), "at least one row", "none"))
    return records


def _rows(path: Path) -> Iterator[Row]:
    if path.suffix == ".parquet":
        yield from read_parquet(path)
    elif read_text(path).lstrip().startswith("["):
        yield from (Row(path, number, item) for number, item in enumerate(read_list(path), start=1))
    else:
        yield from read_lines(path)


def _record(record: Any, answers: Sequence[str], chat: bool) -> dict[str, Any]:
    if not isinstance(record, dict):
        raise ValueError(f"expected an object, got {type(record).__name__}")
    record = dict(record)
    if "completion" in answers:
        record.setdefault("completion", record.get("chosen"))
        turns = record.get("messages")
        if "prompt" not in record and isinstance(turns, list) and len(turns) > 1:
            record |= {"prompt": turns[:-1], "completion": turns[-1]}
    found = {"prompt": _messages(record, "prompt", "user")}
    found |= {name: _messages(record, name, "assistant") for name in answers}
    for name in answers:  # some files repeat the prompt before each answer
        if found[name][: len(found["prompt"])] == found["prompt"] and len(found[name]) > len(found["prompt"]):
            found[name] = found[name][len(found["prompt"]) :]
    if chat:
        return found
    return {name: "\n".join(message["content"] for message in messages) for name, messages in found.items()}


def _messages(record: dict[str, Any], name: str, role: str) -> Messages:
    value = record.get(name)
    if isinstance(value, str) and value.strip():
        return [{"role": role, "content": value}]
    turns = [value] if isinstance(value, dict) else value
    if not isinstance(turns, list) or not turns:
        raise ValueError(f"{name}: expected text or messages, got {_short(value)}")
    return [_message(turn, name, role) for turn in turns]


def _message(turn: Any, name: str, role: str) -> Message:
    if isinstance(turn, dict):
        said = turn.get("role", turn.get("from", role))
        content = turn.get("content", turn.get("value"))
        if isinstance(said, str) and isinstance(content, str) and content.strip():
            return {"role": _ROLES.get(said, said), "content": content}
    raise ValueError(f"{name}: expected a message with a role and text, got {_short(turn)}")


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
