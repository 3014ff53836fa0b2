"""Reasoning and answer of a response: models mark what they think before they answer, each family in its way."""

from __future__ import annotations

import re
from typing import NamedTuple

_NAMES = r"(?:think|thinking|thought|thoughts|reasoning|reflection|analysis|scratchpad|seed:think|inner_monologue)"
_OPEN = rf"(?:<{_NAMES}>|\[THINK\]|◁think▷|<\|begin_of_thought\|>|<\|START_THINKING\|>)"
_CLOSE = rf"(?:</{_NAMES}>|\[/THINK\]|◁/think▷|<\|end_of_thought\|>|<\|END_THINKING\|>)"
_CLOSED = re.compile(_CLOSE, re.IGNORECASE)
_OPENED = re.compile(rf"\s*{_OPEN}", re.IGNORECASE)
_OPENS = re.compile(rf"{_OPEN}\s*\Z", re.IGNORECASE)
_EMPTY = re.compile(rf"{_OPEN}\s*{_CLOSE}\s*\Z", re.IGNORECASE)
_CHANNEL = re.compile(r"(?:<\|start\|>assistant)?<\|channel\|>(\w+)[^<]*<\|message\|>")  # gpt-oss
_FINAL = "final"
_AROUND = re.compile(
    r"<\|(?:begin_of_solution|end_of_solution|START_RESPONSE|END_RESPONSE|return|end|im_end|eot_id)\|>|</?answer>"
)


class Parts(NamedTuple):
    """A response in its two parts, both without the marks around them.

    Attributes:
        reasoning: what was thought; empty if nothing was marked as that.
        answer: what was said; empty if the thought never ended.
    """

    reasoning: str
    answer: str


def parts(response: str, *, opened: bool = False) -> Parts:
    """Tells reasoning and answer apart.

    A closing mark counts without an opening one: many templates write that into the prompt. A response that opens a
    thought and never closes it has no answer.

    Args:
        response: with its marks, special tokens included.
        opened: whether the prompt ends within a thought (:func:`opens`).

    Example:
        >>> parts("<think>They want bread.</think>Mix flour and water.")
        Parts(reasoning='They want bread.', answer='Mix flour and water.')
        >>> parts("They want", opened=True)
        Parts(reasoning='They want', answer='')
    """
    channels = list(_CHANNEL.finditer(response))
    if channels:
        return _of_channels(response, channels)
    end = max((match.end() for match in _CLOSED.finditer(response)), default=0)
    thought, answer = response[:end], response[end:]
    if _OPENED.match(answer) or (opened and not end):
        return Parts(_unmarked(response), "")
    return Parts(_unmarked(thought), _AROUND.sub("", answer).strip())


def split(response: str, *, opened: bool = False) -> Parts:
    """As :func:`parts`; but a response without any mark of reasoning is the answer as it is, spaces included.

    Args:
        response: with its marks, special tokens included.
        opened: whether the prompt ends within a thought (:func:`opens`).

    Example:
        >>> split(" Mix flour and water.")
        Parts(reasoning='', answer=' Mix flour and water.')
    """
    return parts(response, opened=opened) if opened or is_marked(response) else Parts("", response)


def is_marked(response: str) -> bool:
    """Whether there is any mark of reasoning in a response, its special tokens included."""
    return bool(_CLOSED.search(response) or _OPENED.match(response) or _CHANNEL.search(response))


def before_empty_thought(prompt: str) -> str:
    r"""A prompt without the empty thought that some chat templates write at its end where no thinking is asked for.

    Example:
        >>> before_empty_thought("<|im_start|>assistant\n<think>\n\n</think>\n\n")
        '<|im_start|>assistant\n'
    """
    return _EMPTY.sub("", prompt)


def opens(prompt: str) -> bool:
    r"""Whether a prompt, as the chat template writes it, ends within a thought.

    Example:
        >>> opens("<|im_start|>assistant\n<think>\n"), opens("<think>\n\n</think>\n\n")
        (True, False)
    """
    return bool(_OPENS.search(prompt))


def _of_channels(response: str, channels: list[re.Match[str]]) -> Parts:
    """A response in channels, of which the last is the answer if it is the final one."""
    ends = [match.start() for match in channels[1:]] + [len(response)]
    texts = [_AROUND.sub("", response[match.end() : end]).strip() for match, end in zip(channels, ends, strict=True)]
    answered = channels[-1][1] == _FINAL
    thoughts = texts[:-1] if answered else texts
    return Parts("\n\n".join(filter(None, thoughts)), texts[-1] if answered else "")


def _unmarked(thought: str) -> str:
    return re.sub(rf"{_OPEN}|{_CLOSE}", "", _AROUND.sub("", thought), flags=re.IGNORECASE).strip()
