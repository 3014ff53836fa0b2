"""What is given to ``attach`` and ``Attachment.for_model``: the right kinds of things, in the right places."""

from __future__ import annotations

import math
import operator
from collections.abc import Mapping
from typing import Any

from ..amounts import is_number, is_whole, whole_problems
from ..consistency import Consistency
from ..errors import ConfigError, problem, raise_all, short
from ..groups.arguments import groups_problems
from ..groups.sampling import Turn
from ..models.arguments import is_trainer, model_problems, said, tokenizer_problems
from ..models.template import Chat

_ATTACH, _FOR_MODEL = "attach", "Attachment.for_model"
_CALLS = {
    _ATTACH: "attach(trainer, consistency, groups)",
    _FOR_MODEL: "Attachment.for_model(model, tokenizer, consistency, groups)",
}


def check_for_trainer(trainer: Any, consistency: Any, groups: Any, chat: Chat | None = None) -> None:
    """Refuses what ``attach`` cannot work with.

    Raises:
        ConfigError: for every argument of another kind.
    """
    found = []
    if isinstance(trainer, type) or not is_trainer(trainer):
        step = f"Give the trainer that trains it, or, in a loop of your own, call {_CALLS[_FOR_MODEL]}"
        step = "Make one of it, with your model and data" if isinstance(trainer, type) else step
        found.append(problem(f"{_ATTACH}, trainer", "a Hugging Face trainer", said(trainer), step))
    found += _settings_and_groups(_ATTACH, consistency, groups)
    chat = chat or Chat()
    if not isinstance(chat.arguments, Mapping):
        expected = "a mapping, as {'enable_thinking': False}"
        found.append(problem(f"{_ATTACH}, chat_template_kwargs", expected, short(chat.arguments)))
    if not isinstance(chat.system, str):
        found.append(problem(f"{_ATTACH}, system_prompt", "a text", short(chat.system)))
    raise_all(found, ConfigError)


def check_for_model(model: Any, tokenizer: Any, consistency: Any, groups: Any, step_tokens: Any = None) -> None:
    """Refuses what ``Attachment.for_model`` cannot work with.

    Raises:
        ConfigError: for every argument of another kind.
    """
    step = f"Call {_CALLS[_ATTACH]}, or give its model" if is_trainer(model) else f"Call {_CALLS[_FOR_MODEL]}"
    found = [
        *model_problems(_FOR_MODEL, model, step),
        *tokenizer_problems(_FOR_MODEL, tokenizer),
        *_settings_and_groups(_FOR_MODEL, consistency, groups),
    ]
    if step_tokens is not None and not (is_number(step_tokens) and 0 < step_tokens < math.inf):
        step = "Count those of your own training in an optimizer step, or leave it out"
        found.append(problem(f"{_FOR_MODEL}, step_tokens", "a number of tokens above 0", short(step_tokens), step))
    raise_all(found, ConfigError)


def checked_turn(step: Any) -> Turn:
    """The turn of a step, its numbers plain.

    Args:
        step: a whole number from 0, of any kind (numpy's, a tensor of one), or a :class:`Turn` of such numbers.

    Raises:
        ConfigError: for what is none, for a step of no micro-steps or processes, and for a micro-step or process beyond
            those there are, whose groups would be another's.
    """
    given = step if isinstance(step, Turn) else Turn(step)
    if found := [_no_whole_number(step, name, value) for name, value in given._asdict().items() if not is_whole(value)]:
        raise ConfigError("\n".join(found))
    turn = Turn(*map(operator.index, given))
    found = whole_problems("step", turn.step, 0, "Count optimizer steps from 0")
    found += _place("micro_step", turn.micro_step, "micro_steps", turn.micro_steps, "micro-step")
    found += _place("rank", turn.rank, "world_size", turn.world_size, "process")
    raise_all(found, ConfigError)
    return turn


def _no_whole_number(step: Any, name: str, value: Any) -> str:
    """What is said of a part of a turn, or of a step by itself."""
    if isinstance(step, Turn):
        return problem(f"turn.{name}", "a whole number", short(value))
    expected = "a whole number from 0, or a Turn of whole numbers"
    return problem("step", expected, short(step), "Count optimizer steps")


def _place(name: str, value: int, of: str, count: int, noun: str) -> list[str]:
    """What is wrong with one of several parts of a step; where their number is none, nothing is said of the one."""
    if none := whole_problems(f"turn.{of}", count, 1, f"A step has one {noun} or more"):
        return none
    if 0 <= value < count:
        return []
    step = f"Count from 0, or give turn.{of}: it is {count}"
    return [problem(f"turn.{name}", f"a whole number from 0 to {count - 1}", value, step)]


def _settings_and_groups(where: str, consistency: Any, groups: Any) -> list[str]:
    """What is wrong with the two that both calls take."""
    if isinstance(groups, Consistency):
        expected, got = "the settings before the groups", "a Consistency in the groups' place"
        return [problem(where, expected, got, f"Exchange them: {_CALLS[where]}")]
    found = []
    if not isinstance(consistency, Consistency):
        step = "Make one: Consistency" + (".from_dict(...)" if isinstance(consistency, Mapping) else "()")
        found.append(problem(f"{where}, consistency", "a Consistency", said(consistency), step))
    return found + groups_problems(where, groups)
