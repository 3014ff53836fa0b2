"""A chat template as a run uses it: with its arguments, the day on which the run was made, and a system prompt.

All are written into the template's own text. So everything that writes a prompt (the term, the trainer, the
evaluation) writes the same, and nothing has to hand them on.
"""

from __future__ import annotations

import copy
import re
import warnings
from collections.abc import Mapping
from datetime import date
from functools import partial
from typing import Any, NamedTuple

from ..errors import ConfigError, did_you_mean, named, problem, raise_all
from .literal import literal
from .systems import system_written, takes_systems

_NAME = re.compile(r"[A-Za-z_]\w*")
_TODAY = re.compile(r"""strftime_now\(\s*(['"])((?:(?!\1).)*)\1\s*\)""")
_RESERVED = ("messages", "tools", "documents", "add_generation_prompt", "tokenize", "chat_template")
_ORIGINAL = "isoglot_template"  # on our copy of a tokenizer: what is kept there


class Chat(NamedTuple):
    """How a model's prompts are written, beyond its own chat template.

    Attributes:
        arguments: what the template is given, such as ``{"enable_thinking": False}``.
        day: what the template is told where it asks for the date; None: the day on which it is asked.
        system: the system prompt of prompts that bring none; empty: none.
    """

    arguments: Mapping[str, Any] = {}
    day: date | None = None
    system: str = ""

    @classmethod
    def of(cls, section: Mapping[str, Any]) -> Chat:
        """What the section ``model`` of a run file says; what cannot be read counts as not said."""
        arguments, day, system = (section.get(key) for key in ("chat_template_kwargs", "date", "system_prompt"))
        try:
            day = day if isinstance(day, date) else date.fromisoformat(str(day))
        except ValueError:
            day = None
        return cls(arguments if isinstance(arguments, Mapping) else {}, day, system if isinstance(system, str) else "")

    def written(self, tokenizer: Any) -> Any:
        """As :func:`written`."""
        return written(tokenizer, self.arguments, self.day, self.system)


class _Kept(NamedTuple):
    """What was written into the template of our copy of a tokenizer, and the template as it was."""

    template: Any
    chat: Chat
    folded: bool


def written(
    tokenizer: Any, arguments: Mapping[str, Any] | None = None, day: date | None = None, system: str = ""
) -> Any:
    """A copy of the tokenizer whose chat template has these arguments, this day for today, and a system prompt.

    Where the template takes no system message (it refuses one, or drops it), those that prompts bring and ``system``
    go before the first message's text, with a blank line between: as families without a system role do it.

    Args:
        tokenizer: a Hugging Face tokenizer.
        arguments: what the template is given, such as ``{"enable_thinking": False}``.
        day: what the template is told where it asks for the date; None: the day on which it is asked.
        system: the system prompt; where a prompt brings one of its own, that one stands in its place.

    Returns:
        The copy; the tokenizer itself where there is nothing to write.

    Raises:
        ConfigError: for arguments that the template does not read, or that it cannot be given, and for a system prompt
            without a template; all of them at once.
    """
    arguments = dict(arguments or {})
    day = day if asks_for_the_date(tokenizer) else None
    template = _text(tokenizer)
    raise_all(_problems(template, arguments, system), ConfigError)
    folds = bool(template) and not takes_systems(tokenizer)
    if not (arguments or system or folds) and day is None:
        return tokenizer
    if system and folds:
        step = "It goes into each prompt's first message, with a blank line behind it"
        warnings.warn(
            problem("system prompt", "a chat template that takes one", "one that does not", step), stacklevel=2
        )
    first = system_written(tokenizer, system, folds=folds) if system or folds else ""
    sets = "".join(f"{{%- set {name} = {literal(value)} -%}}" for name, value in arguments.items())
    made = copy.copy(tokenizer)
    made.chat_template = first + sets + (template if day is None else _TODAY.sub(partial(_day, day), template))
    setattr(made, _ORIGINAL, _Kept(getattr(tokenizer, "chat_template", None), Chat(arguments, day, system), folds))
    return made


def original(tokenizer: Any) -> Any:
    """The chat template that the model came with, to be saved with it."""
    kept = getattr(tokenizer, _ORIGINAL, None)
    return getattr(tokenizer, "chat_template", None) if kept is None else kept.template


def as_it_came(tokenizer: Any) -> Any:
    """The tokenizer with that chat template."""
    if not hasattr(tokenizer, _ORIGINAL):
        return tokenizer
    made = copy.copy(tokenizer)
    made.chat_template = original(tokenizer)
    return made


def facts(tokenizer: Any) -> dict[str, Any]:
    """What was written into a tokenizer's template: ``arguments``, ``date`` and ``system_prompt``, each if it was."""
    kept = getattr(tokenizer, _ORIGINAL, None)
    chat = Chat() if kept is None else kept.chat
    found = {
        "arguments": dict(chat.arguments),
        "date": chat.day and chat.day.isoformat(),
        "system_prompt": chat.system,
    }
    return {key: value for key, value in found.items() if value}


def system_of(tokenizer: Any) -> str:
    """The system prompt that was written into a tokenizer's template; empty if none was."""
    return str(facts(tokenizer).get("system_prompt", ""))


def folds_systems(tokenizer: Any) -> bool:
    """Whether system messages go into the first message, since the template takes none."""
    kept = getattr(tokenizer, _ORIGINAL, None)
    return kept is not None and kept.folded


def asks_for_the_date(tokenizer: Any) -> bool:
    """Whether a tokenizer's chat template writes today's date into prompts."""
    return bool(_TODAY.search(_text(tokenizer)))


def _problems(template: str, arguments: Mapping[str, Any], system: str) -> list[str]:
    where, known = "model.chat_template_kwargs", set(_NAME.findall(template))
    if not template:
        step = "Leave it out, or give the tokenizer its chat template"
        asked = {where: arguments, "model.system_prompt": system}
        return [problem(name, "a model with a chat template", "one without", step) for name in asked if asked[name]]
    found = []
    for name, value in arguments.items():
        if not _NAME.fullmatch(str(name)) or name in _RESERVED:
            found.append(problem(f"{where}.{name}", "an argument of the template's own", repr(name)))
        elif name not in known:
            hint = did_you_mean(name, sorted(known)) or "It would change nothing"
            found.append(
                problem(f"{where}.{name}", "an argument that the chat template reads", "one it does not", hint)
            )
        else:
            try:
                literal(value)
            except ValueError as error:
                found.append(problem(f"{where}.{name}", "a plain value", named(error)))
    return found


def _text(tokenizer: Any) -> str:
    """The template for ordinary conversations; empty if there is none."""
    if not getattr(tokenizer, "chat_template", None):
        return ""
    return str(tokenizer.get_chat_template())


def _day(day: date, found: re.Match[str]) -> str:
    return literal(day.strftime(found[2]))
