"""An exchange as the messages of a conversation, with signs broken up, and as text for formats of one turn."""

from __future__ import annotations

from collections.abc import Sequence

from ..untrusted import broken
from ..verdict import Exchange

_ROLES = ("user", "assistant")


def turns(exchange: Exchange, labels: Sequence[str] = ()) -> list[dict[str, str]]:
    """The conversation up to the response: users and assistants take turns, the user's comes first.

    Guards' templates demand that: system messages are left out, messages of one role that follow each other are joined,
    and what stands before the first user's message is dropped.

    Args:
        exchange: with its history.
        labels: see :func:`~isoglot.judges.untrusted.broken`.
    """
    said = [(str(message.get("role")), _text(message.get("content"))) for message in exchange.history]
    said += [("user", exchange.prompt), ("assistant", exchange.response)]
    messages: list[dict[str, str]] = []
    for role, text in said:
        text = broken(text, labels)
        if role not in _ROLES or (not messages and role != "user"):
            continue
        if messages and messages[-1]["role"] == role:
            messages[-1]["content"] += f"\n\n{text}"
        else:
            messages.append({"role": role, "content": text})
    return messages


def request_and_response(exchange: Exchange, labels: Sequence[str] = ()) -> tuple[str, str]:
    """For formats of one turn: the request, with the conversation before it as text, and the response."""
    *before, last, response = turns(exchange, labels)
    names = {"user": "User", "assistant": "Assistant"}
    if not before:
        return last["content"], response["content"]
    lines = [f"{names[message['role']]} - {message['content']}" for message in (*before, last)]
    return "\n\n".join(lines), response["content"]


def _text(content: object) -> str:
    """A message's text; of one in parts, those that are text."""
    if isinstance(content, list):
        parts = [part.get("text", "") if isinstance(part, dict) else part for part in content]
        return "\n".join(map(str, parts))
    return str(content if content is not None else "")
