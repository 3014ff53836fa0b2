"""What of a response is the answer: reasoning is not, and code is in no language."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from ..reasoning import parts

_FENCED = re.compile(r"(?:```|~~~).*?(?:```|~~~|\Z)", re.DOTALL)
_BLOCK = re.compile(r"(`{3,}|~{3,})[^\n`]*\n(?P<inside>(?:(?!\1).)*)(?:\1)?", re.DOTALL)
_INLINE = re.compile(r"`[^`\n]+`|https?://\S+|\$\$.*?\$\$", re.DOTALL)


def without_reasoning(response: str) -> str:
    """The response after its last block of reasoning, stripped.

    A closing tag counts without an opening one: many templates write that into the prompt. A response that opens with
    a block and never closes it has no answer.

    Example:
        >>> without_reasoning("<think>They want bread.</think>Mix flour and water.")
        'Mix flour and water.'
        >>> without_reasoning("<think>They want")
        ''
    """
    if "<" not in response and "[" not in response and "◁" not in response:
        return response.strip()
    return parts(response).answer


def unwrapped(answer: str) -> str:
    r"""The text of an answer that is nothing but a block of code, or JSON, of whose values it is then the texts.

    Example:
        >>> unwrapped('{"response": "I cannot help."}'), unwrapped("```text\nI cannot help.\n```")
        ('I cannot help.', 'I cannot help.')
    """
    if answer.startswith(("```", "~~~")) and (block := _BLOCK.fullmatch(answer)):
        answer = block["inside"].strip()
    if answer.startswith(("{", "[", '"')) and answer.endswith(("}", "]", '"')):
        try:
            said = "\n".join(_texts(json.loads(answer)))
        except (ValueError, RecursionError):
            return answer
        return said.strip() or answer
    return answer


def _texts(value: Any) -> Iterator[str]:
    """Texts of JSON; those of a list as a numbered one, which it is."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list):
        yield from (f"{place}. {text}" for place, inner in enumerate(value, 1) for text in _texts(inner))


def without_code(answer: str) -> str:
    """The answer without blocks and snippets of code, addresses and formulas; all of it if nothing else is there."""
    if "`" not in answer and "~~~" not in answer and "://" not in answer and "$$" not in answer:
        return answer
    prose = _INLINE.sub(" ", _FENCED.sub(" ", answer))
    return prose if any(map(str.isalpha, prose)) else answer
