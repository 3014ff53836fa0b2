"""What of a response is the answer: reasoning is not, and code is in no language."""

from __future__ import annotations

import re

from ..reasoning import parts

_FENCED = re.compile(r"(?:```|~~~).*?(?:```|~~~|\Z)", re.DOTALL)
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


def without_code(answer: str) -> str:
    """The answer without blocks and snippets of code, addresses and formulas; all of it if nothing else is there."""
    if "`" not in answer and "~~~" not in answer and "://" not in answer and "$$" not in answer:
        return answer
    prose = _INLINE.sub(" ", _FENCED.sub(" ", answer))
    return prose if any(map(str.isalpha, prose)) else answer
