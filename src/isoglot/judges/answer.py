"""What of a response is the answer: reasoning is not, and code is in no language."""

from __future__ import annotations

import re

_NAMES = r"(?:think|thinking|thought|thoughts|reasoning|reflection|analysis|scratchpad|seed:think|inner_monologue)"
_OPEN = rf"(?:<{_NAMES}>|\[THINK\]|◁think▷|<\|begin_of_thought\|>|<\|START_THINKING\|>)"
_CLOSE = rf"(?:</{_NAMES}>|\[/THINK\]|◁/think▷|<\|end_of_thought\|>|<\|END_THINKING\|>)"
_CLOSED = re.compile(_CLOSE, re.IGNORECASE)
_OPENED = re.compile(rf"\s*{_OPEN}", re.IGNORECASE)
_HARMONY = re.compile(r"(?:<\|start\|>assistant)?<\|channel\|>(\w+)[^<]*<\|message\|>")
_FINAL = "final"
_AROUND = re.compile(
    r"<\|(?:begin_of_solution|end_of_solution|START_RESPONSE|END_RESPONSE|return|end|im_end|eot_id)\|>|</?answer>"
)
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
    channels = list(_HARMONY.finditer(response))
    if channels:
        last = channels[-1]
        return _AROUND.sub("", response[last.end() :]).strip() if last[1] == _FINAL else ""
    end = max((match.end() for match in _CLOSED.finditer(response)), default=0)
    answer = response[end:]
    return "" if _OPENED.match(answer) else _AROUND.sub("", answer).strip()


def without_code(answer: str) -> str:
    """The answer without blocks and snippets of code, addresses and formulas; all of it if nothing else is there."""
    if "`" not in answer and "~~~" not in answer and "://" not in answer and "$$" not in answer:
        return answer
    prose = _INLINE.sub(" ", _FENCED.sub(" ", answer))
    return prose if any(map(str.isalpha, prose)) else answer
