"""A chat template as a run uses it: with its arguments, and with the day on which the run was made.

Both are written into the template's own text. So everything that writes a prompt (the term, the trainer, the
evaluation) writes the same, and nothing has to hand them on.
"""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from ..errors import ConfigError, did_you_mean, named, problem, raise_all, short

_NAME = re.compile(r"[A-Za-z_]\w*")
_TODAY = re.compile(r"""strftime_now\(\s*(['"])((?:(?!\1).)*)\1\s*\)""")
_RESERVED = ("messages", "tools", "documents", "add_generation_prompt", "tokenize", "chat_template")
_ORIGINAL = "isoglot_template"  # on our copy of a tokenizer: what the template was, and what was written into it


def written(tokenizer: Any, arguments: Mapping[str, Any] | None = None, day: date | None = None) -> Any:
    """A copy of the tokenizer whose chat template has these arguments and takes this day for today.

    Args:
        tokenizer: a Hugging Face tokenizer.
        arguments: what the template is given, such as ``{"enable_thinking": False}``.
        day: what the template is told where it asks for the date; None: the day on which it is asked.

    Returns:
        The copy; the tokenizer itself where there is nothing to write.

    Raises:
        ConfigError: for arguments that the template does not read, or that it cannot be given; all of them at once.
    """
    arguments = dict(arguments or {})
    day = day if asks_for_the_date(tokenizer) else None
    if not arguments and day is None:
        return tokenizer
    template = _text(tokenizer)
    raise_all(_problems(template, arguments), ConfigError)
    sets = "".join(f"{{%- set {name} = {literal(value)} -%}}" for name, value in arguments.items())
    made = copy.copy(tokenizer)
    made.chat_template = sets + (template if day is None else _TODAY.sub(lambda found: _day(found[2], day), template))
    setattr(made, _ORIGINAL, (getattr(tokenizer, "chat_template", None), arguments, day))
    return made


def original(tokenizer: Any) -> Any:
    """The chat template that the model came with, to be saved with it."""
    return getattr(tokenizer, _ORIGINAL, (tokenizer.chat_template,))[0]


def facts(tokenizer: Any) -> dict[str, Any]:
    """What was written into a tokenizer's template: ``arguments`` and ``date``, each only where there is one."""
    _, arguments, day = getattr(tokenizer, _ORIGINAL, (None, {}, None))
    return ({"arguments": arguments} if arguments else {}) | ({} if day is None else {"date": day.isoformat()})


def asks_for_the_date(tokenizer: Any) -> bool:
    """Whether a tokenizer's chat template writes today's date into prompts."""
    return bool(_TODAY.search(_text(tokenizer)))


def literal(value: Any) -> str:
    """A plain value as Jinja writes it.

    Raises:
        ValueError: for a value that is none of JSON's.

    Example:
        >>> literal({"on": False, "tags": ["a", None]})
        '{"on": false, "tags": ["a", none]}'
    """
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{literal(str(key))}: {literal(one)}" for key, one in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(literal, value)) + "]"
    if value is None:
        return "none"
    if isinstance(value, (bool, int, float)):
        return json.dumps(value, allow_nan=False)
    if isinstance(value, str):  # what would end the tag is written as Jinja's escapes
        return json.dumps(value, ensure_ascii=False).replace("%", r"\x25").replace("{", r"\x7b").replace("}", r"\x7d")
    raise ValueError(f"expected a plain value, got {short(value)}")


def _problems(template: str, arguments: Mapping[str, Any]) -> list[str]:
    where, known = "model.chat_template_kwargs", set(_NAME.findall(template))
    if not template and arguments:
        step = "Leave it out, or give the tokenizer its chat template"
        return [problem(where, "a model with a chat template", "one without", step)]
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


def _day(form: str, day: date) -> str:
    return literal(day.strftime(form))
