"""A prompt as chat messages and as text, and the roles that messages have."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping
from typing import Any

from ..errors import DataError, short
from .parts import text_of

Prompt = str | list[dict[str, str]]

# What data sets call the three roles that chat templates know. A template leaves a role that it does not know out,
# without a word: prompts that differ would become one.
ROLES: Mapping[str, str] = {
    "user": "user",
    "human": "user",
    "prompter": "user",
    "assistant": "assistant",
    "gpt": "assistant",
    "chatgpt": "assistant",
    "bot": "assistant",
    "model": "assistant",
    "ai": "assistant",
    "system": "system",
    "developer": "system",
}


def as_message(turn: Any, role: str | None = None) -> dict[str, Any]:
    """A message with ``role`` and ``content``, its role by the name that chat templates know, its content one text.

    Args:
        turn: ``{"role", "content"}`` or ``{"from", "value"}``, the content a text or parts of it; other keys are kept.
        role: of a message that says none; None: it must.

    Raises:
        ValueError: in words, for what is neither, roles that chat templates do not know, and parts that are no text.
    """
    if isinstance(turn, dict):
        said = turn.get("role", turn.get("from", role))
        content = turn.get("content", turn.get("value"))
        if isinstance(said, str) and isinstance(content, (str, list)):
            known = ROLES.get(said.strip().lower())
            if known is None:
                step = f"known are {', '.join(ROLES)}"
                raise ValueError(f"expected a message of user, assistant or system, got one of {short(said)}; {step}")
            if turn.get("role") == known and isinstance(content, str):
                return turn
            kept = {key: value for key, value in turn.items() if key not in ("role", "content", "from", "value")}
            return {"role": known, "content": text_of(content), **kept}
    raise ValueError(f"expected a message with role and content as strings, got {short(turn)}")


def messages(prompt: Prompt) -> list[dict[str, str]]:
    """The prompt as chat messages; a plain text is one from the user.

    Raises:
        DataError: for what :func:`as_message` refuses.
    """
    if isinstance(prompt, str):
        return [{"role": "user", "content": prompt}]
    try:
        return [as_message(turn) for turn in prompt]
    except ValueError as error:
        raise DataError(f"prompt: {error}.") from None


def prompt_text(prompt: Prompt) -> str:
    """The prompt's text to read: all of it, or the last user message of a chat."""
    if isinstance(prompt, str):
        return prompt
    said = messages(prompt)
    texts = [message["content"] for message in said if message["role"] == "user"]
    return texts[-1] if texts else said[-1]["content"]


def user_text(prompt: Prompt) -> str:
    """All that the user says: a system prompt may be the same for prompts that have nothing else in common.

    Where nobody is the user, all that is said.
    """
    if isinstance(prompt, str):
        return prompt
    said = messages(prompt)
    texts = [message["content"] for message in said if message["role"] == "user"]
    return "\n".join(texts or [message["content"] for message in said])


def say_lost_turns(prompts: Iterable[Prompt], where: str, tokenizer: Any) -> None:
    """Warns of conversations whose last question alone is taken, as by a tokenizer without a chat template."""
    if getattr(tokenizer, "chat_template", None):
        return
    several = [not isinstance(prompt, str) and len(prompt) > 1 for prompt in prompts]
    if any(several):
        count = f"{sum(several)} of {len(several)} prompts are conversations"
        warnings.warn(
            f"{where}: {count}, and the tokenizer has no chat template: only the last question of each is taken, "
            "without system messages and earlier turns. Give it the template that the model is to be used with.",
            stacklevel=3,
        )
