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
    parts = wants_parts(tokenizer)
    if not folds:
        content = literal([{"type": "text", "text": system}] if parts else system)
        added = f"[{{'role': 'system', 'content': {content}}}] + messages"
        return f"{{%- if messages[0]['role'] != 'system' -%}}{{%- set messages = {added} -%}}{{%- endif -%}}"
    own = "messages[0]['content']" + ("[0]['text']" if parts else "")
    before = "isoglot_system + '\\n\\n'"
    folded = f"[{{'type': 'text', 'text': {before}}}] + " if parts else f"{before} + "
    return (
        "{%- if messages[0]['role'] == 'system' and messages[1:] -%}"
        f"{{%- set isoglot_system = {own} -%}}{{%- set messages = messages[1:] -%}}"
        f"{{%- else -%}}{{%- set isoglot_system = {literal(system)} -%}}{{%- endif -%}}"
        "{%- if isoglot_system -%}{%- set messages = [{'role': messages[0]['role'], 'content': "
        f"{folded}messages[0]['content']}}] + messages[1:] -%}}{{%- endif -%}}"
    )


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
