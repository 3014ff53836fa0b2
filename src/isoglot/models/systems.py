"""System messages: whether a chat template takes them, and how they are written where it does not."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from typing import Any

from ..errors import DataError
from .chat import rendered, wants_parts
from .literal import literal
from .messages import Prompt, messages

_SYSTEM, _USER = "isoglot-system", "isoglot-question"  # which no template holds
_FOLDED = r"""
{%- if messages[0]['role'] == 'system' and messages[1:] -%}
    {%- set isoglot_own = messages[0]['content'] -%}
    {%- set isoglot_before = (isoglot_own if isoglot_own is string else isoglot_own[0]['text']) + '\n\n' -%}
    {%- set messages = messages[1:] -%}
{%- else -%}
    {%- set isoglot_before = SYSTEM and SYSTEM + '\n\n' -%}
{%- endif -%}
{%- if isoglot_before -%}
    {%- set isoglot_first = messages[0]['content'] -%}
    {%- set isoglot_part = isoglot_before if isoglot_first is string else [{'type': 'text', 'text': isoglot_before}] -%}
    {%- set messages = [{'role': messages[0]['role'], 'content': isoglot_part + isoglot_first}] + messages[1:] -%}
{%- endif -%}
"""


def takes_systems(tokenizer: Any) -> bool:
    """Whether a chat template shows a system message: some refuse one, some leave it out without a word.

    Found by trying. A template that does not even write a question has other faults, which are said elsewhere.
    """
    question = {"role": "user", "content": _USER}
    try:
        rendered(tokenizer, [question])
    except DataError:
        return True
    try:
        text = rendered(tokenizer, [{"role": "system", "content": _SYSTEM}, question])
    except DataError:
        return False
    return _SYSTEM in text


def system_written(tokenizer: Any, system: str, *, folds: bool) -> str:
    """What stands at the beginning of a chat template that gives each prompt a system prompt, as Jinja.

    Args:
        tokenizer: with the chat template.
        system: the prompt; empty: only what prompts bring is written.
        folds: whether it goes into the first message, with a blank line between.
    """
    if not folds:
        content = literal([{"type": "text", "text": system}] if wants_parts(tokenizer) else system)
        added = f"[{{'role': 'system', 'content': {content}}}] + messages"
        return f"{{%- if messages[0]['role'] != 'system' -%}}{{%- set messages = {added} -%}}{{%- endif -%}}"
    return _FOLDED.replace("SYSTEM", literal(system))


def say_own_systems(prompts: Iterable[Prompt], where: str, system: str) -> None:
    """Warns of prompts that bring a system message of their own, which stands in place of the given one."""
    if not system:
        return
    given = [messages(prompt)[0]["role"] == "system" for prompt in prompts]
    if any(given):
        warnings.warn(
            f"{where}: {sum(given)} of {len(given)} prompts bring a system message of their own, which stands in place "
            "of the system prompt.",
            stacklevel=3,
        )
