"""Text of a message in parts, as multi-modal models and the APIs of providers have them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..errors import short

# Types of parts that are text, by OpenAI's names, and the field that has it.
_TEXT = {"text": "text", "input_text": "text", "output_text": "text", "refusal": "refusal"}


def text_of(content: Any) -> str:
    r"""The text of a message's content: as it is, or of its parts, a line each, as servers of text models join them.

    Args:
        content: a text, or a list of ``{"type": "text", "text"}`` and of texts.

    Raises:
        ValueError: in words, for what is neither, and for parts that are no text.

    Example:
        >>> text_of([{"type": "text", "text": "Name a bird."}, {"type": "text", "text": "One word."}])
        'Name a bird.\nOne word.'
    """
    if isinstance(content, str):
        return content
    if not isinstance(content, list) or not content:
        raise ValueError(f"expected text, or parts of it, got {short(content)}")
    return "\n".join(_texts(content))


def _texts(parts: list[Any]) -> Iterator[str]:
    for number, part in enumerate(parts, start=1):
        if isinstance(part, str):
            yield part
            continue
        kind = part.get("type") if isinstance(part, dict) else None
        text = part.get(_TEXT[kind]) if isinstance(kind, str) and kind in _TEXT else None
        if not isinstance(text, str):
            got = f"one of type {short(kind)}" if isinstance(kind, str) and kind not in _TEXT else short(part)
            raise ValueError(f"expected parts of text, got as part {number} {got}")
        yield text
