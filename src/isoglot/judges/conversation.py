"""An exchange as marked text, for judges whose prompt is ours."""

from __future__ import annotations

from .untrusted import mark_of, tagged
from .verdict import Exchange


def conversation(exchange: Exchange) -> tuple[str, str]:
    """The mark of its tags, and the conversation between them: history, request and response."""
    said = [(str(message.get("role")), str(message.get("content"))) for message in exchange.history]
    mark = mark_of(*(text for _, text in said), exchange.prompt, exchange.response)
    parts = [tagged("earlier", f"{role}: {text}", mark) for role, text in said]
    parts += [tagged("request", exchange.prompt, mark), tagged("response", exchange.response, mark)]
    return mark, "\n".join(parts)
