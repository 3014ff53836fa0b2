"""The tokens that end an answer."""

from __future__ import annotations

from typing import Any

from ..errors import DataError, ModelError, problem, short
from .chat import rendered
from .template import as_it_came

_TEXT = {"user": "isoglot-question", "assistant": "isoglot-answer"}  # which no template holds


def end_tokens(model: Any, tokenizer: Any = None) -> set[int]:
    """Ids of the tokens at which generation stops.

    Args:
        model: for its generation settings.
        tokenizer: its own end token counts too, and the token that its chat template writes after an answer: settings
            often name only one of these, and an answer would run on into a turn that the model invents.

    Raises:
        ModelError: for settings that say something else.
    """
    said = model.generation_config.eos_token_id
    found = [] if said is None else said if isinstance(said, list) else [said]
    if not all(isinstance(token, int) and not isinstance(token, bool) and token >= 0 for token in found):
        where = "generation_config.json, eos_token_id"
        raise ModelError(problem(where, "a token's id, or a list of them", short(said)))
    if tokenizer is None:
        return set(found)
    return ({*found, tokenizer.eos_token_id, end_of_turn(tokenizer)}) - {None}


def end_of_turn(tokenizer: Any) -> int | None:
    """Id of the token that the chat template writes right after an answer; None if it writes none there.

    Example: ``<|im_end|>`` of ChatML, ``<end_of_turn>`` of Gemma, ``<|eot_id|>`` of Llama 3.
    """
    after = _after_an_answer(tokenizer)
    if not after:
        return None
    ids = tokenizer(after, add_special_tokens=False).input_ids
    first = next((token for token in ids if tokenizer.decode([token]).strip()), None)
    return first if first in _of_their_own(tokenizer) else None


def user_header(tokenizer: Any) -> str:
    """What the chat template begins each question with; empty if that has no token of its own, so anybody may write it.

    Example: ``<|im_start|>user`` of ChatML, ``[INST]`` of Mistral.
    """
    if not getattr(tokenizer, "chat_template", None):
        return ""
    said = [{"role": role, "content": _TEXT[role]} for role in ("user", "assistant", "user")]
    try:
        text = rendered(as_it_came(tokenizer), said)  # a system prompt would stand between header and question
    except DataError:  # it takes one question only
        return ""
    before = [part.rpartition(_TEXT["assistant"])[2] for part in text.split(_TEXT["user"])[:2]]
    first, second = (tokenizer(part, add_special_tokens=False).input_ids for part in before)
    same = next((n for n, (a, b) in enumerate(zip(first[::-1], second[::-1], strict=False)) if a != b), len(first))
    header = first[len(first) - same :]
    return tokenizer.decode(header).strip() if set(header) & _of_their_own(tokenizer) else ""


def _after_an_answer(tokenizer: Any) -> str:
    if not getattr(tokenizer, "chat_template", None):
        return ""
    said = [{"role": role, "content": text} for role, text in _TEXT.items()]
    try:
        text = rendered(tokenizer, said, answered=True)
    except DataError:  # a template that takes no answers
        return ""
    _, found, after = text.rpartition(_TEXT["assistant"])
    return after if found else ""


def _of_their_own(tokenizer: Any) -> set[int]:
    """Tokens that no text is made of."""
    return {*tokenizer.added_tokens_decoder, *tokenizer.all_special_ids}
