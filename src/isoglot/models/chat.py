"""Prompts to token ids: chat template applied, generation prompt included."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any
from weakref import WeakKeyDictionary

from ..errors import DataError, named, problem, short
from ..reasoning import before_empty_thought
from .messages import Prompt, messages, prompt_text

_WANT_PARTS: dict[str, bool] = {}  # by chat template
_BEHIND: WeakKeyDictionary[Any, int] = WeakKeyDictionary()  # by tokenizer


def encode(
    tokenizer: Any,
    prompt: Prompt,
    *,
    max_length: int | None = None,
    quiet: bool = False,
    closed: bool = False,
    before_thought: bool = False,
) -> list[int]:
    """Token ids of a prompt up to where the answer begins.

    Args:
        tokenizer: a Hugging Face tokenizer. Without a chat template the prompt's text is taken as it is.
        prompt: text or chat messages.
        max_length: longest allowed. Of a longer prompt the beginning of the last message is left out, with a warning:
            its end, and what the template puts before and after, stay. (Where that alone is too long, or no template
            is there, the last ``max_length`` tokens are taken.)
        quiet: whether the warning is left to the caller.
        closed: whether what the tokenizer puts behind a text (an end token, a language's code) stays there, as the
            encoder of an encoder-decoder reads it. Behind a prompt that an answer is to follow it would end the text.
        before_thought: whether an empty thought that the template writes at the end is left out.

    Raises:
        DataError: if no token comes out, or the chat template does not write the prompt.
    """
    ids = _encode(tokenizer, prompt, closed, before_thought)
    if not ids:
        raise DataError(problem("prompt", "at least one token", short(prompt)))
    if max_length is None or len(ids) <= max_length:
        return ids
    if not quiet:
        warnings.warn("Prompts longer than the limit: the beginning of their text is left out.", stacklevel=2)
    bare = _encode(tokenizer, _emptied(prompt), closed, before_thought) if _has_template(tokenizer) else []
    head = _common_head(ids, bare)
    if head > max_length // 2:
        head = 0
    return ids[:head] + ids[len(ids) - (max_length - head) :]


def tokens_behind(tokenizer: Any) -> int:
    """How many tokens of its own a tokenizer puts behind a prompt; none where a chat template writes it."""
    if _has_template(tokenizer):
        return 0
    if tokenizer not in _BEHIND:
        _BEHIND[tokenizer] = _counted_behind(tokenizer)
    return _BEHIND[tokenizer]


def _counted_behind(tokenizer: Any) -> int:
    plain, whole = (tokenizer("a", add_special_tokens=special).input_ids for special in (False, True))
    if len(whole) <= len(plain):
        return 0
    start = next((n for n in range(len(whole)) if whole[n : n + len(plain)] == plain), None)
    return 0 if start is None else len(whole) - start - len(plain)


def longer_than(
    tokenizer: Any,
    prompts: Sequence[Prompt],
    limit: int,
    *,
    closed: bool = False,
    before_thought: bool = False,
) -> list[int]:
    """Places of the prompts that have more tokens than a limit, as :func:`encode` makes them.

    A token is a byte at least: what is short enough as text is not encoded.
    """
    around = len(_encode(tokenizer, "", closed, before_thought))
    suspects = [place for place, prompt in enumerate(prompts) if _bytes(prompt) + around > limit]
    return [place for place in suspects if len(_encode(tokenizer, prompts[place], closed, before_thought)) > limit]


def _bytes(prompt: Prompt) -> int:
    """Size of a prompt's text; of a conversation with room for what the template puts between its messages."""
    if isinstance(prompt, str):
        return len(prompt.encode())
    return sum(len(message["content"].encode()) + 64 for message in prompt)


def _has_template(tokenizer: Any) -> bool:
    return bool(getattr(tokenizer, "chat_template", None))


def _encode(tokenizer: Any, prompt: Prompt, closed: bool, before_thought: bool) -> list[int]:
    if _has_template(tokenizer):
        said = messages(prompt)
        text = rendered(tokenizer, said)
        if before_thought:
            text = before_empty_thought(text)
        ids: list[int] = tokenizer(text, add_special_tokens=False).input_ids
    else:
        ids = tokenizer(prompt_text(prompt)).input_ids
        if not closed:
            ids = ids[: len(ids) - tokens_behind(tokenizer)]
    return ids


def refusal(tokenizer: Any, roles: Sequence[str]) -> str:
    """Why a tokenizer's chat template takes no messages of these roles in this order; empty if it takes them."""
    said = [{"role": role, "content": "text"} for role in roles]
    try:
        rendered(tokenizer, said, answered=roles[-1] == "assistant")
    except DataError as error:
        return str(error.__cause__ or error)
    return ""


def rendered(tokenizer: Any, said: Sequence[Any], *, answered: bool = False) -> str:
    """Messages as the tokenizer's chat template writes them, in the sandbox of transformers.

    Args:
        tokenizer: with a chat template, which may be a stranger's.
        said: the messages, their content as text.
        answered: whether the last one is the answer; else the text ends where it would begin.

    Raises:
        DataError: if the template does not write them, for whatever reason.
    """
    return _as_given(tokenizer, _in_parts(said) if wants_parts(tokenizer) else said, answered=answered)


def _as_given(tokenizer: Any, said: Sequence[Any], *, answered: bool = False) -> str:
    try:
        text: str = tokenizer.apply_chat_template(said, add_generation_prompt=not answered, tokenize=False)
    except Exception as error:  # a template refuses messages, leaves the sandbox, or is none
        got = named(error)
        step = "Give the tokenizer the model's own chat template, or the prompt the roles that it knows"
        raise DataError(problem("chat template", "one that writes the prompt", got, step)) from error
    return text


def _in_parts(said: Sequence[Any]) -> list[dict[str, Any]]:
    """Messages as multi-modal models have them: a list of parts each, of which ours are text."""
    return [{**message, "content": [{"type": "text", "text": message["content"]}]} for message in said]


def wants_parts(tokenizer: Any) -> bool:
    """Whether a chat template takes messages in parts only: given plain text it leaves the text out, and says nothing.

    Raises:
        DataError: for a template that leaves it out either way.
    """
    template = str(tokenizer.chat_template)
    if template not in _WANT_PARTS:
        one, other = ([{"role": "user", "content": text}] for text in ("one", "two"))
        if _as_given(tokenizer, one) != _as_given(tokenizer, other):
            _WANT_PARTS[template] = False
        elif _as_given(tokenizer, _in_parts(one)) != _as_given(tokenizer, _in_parts(other)):
            _WANT_PARTS[template] = True
        else:
            step = "Give the tokenizer the model's own chat template"
            raise DataError(problem("chat template", "one that shows what the user says", "one that does not", step))
    return _WANT_PARTS[template]


def _emptied(prompt: Prompt) -> list[dict[str, str]]:
    """The prompt with nothing in its last message."""
    *before, last = messages(prompt)
    return [*before, {**last, "content": ""}]


def _common_head(first: Sequence[int], second: Sequence[int]) -> int:
    differ = (place for place, (a, b) in enumerate(zip(first, second, strict=False)) if a != b)
    return next(differ, min(len(first), len(second)))
