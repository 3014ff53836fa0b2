"""A chat template of the run's own, in a file: training, term and evaluation then write prompts with it alike.

TRL would give it to its trainer alone, after isoglot has read the data with the model's own template and written
arguments, system prompt and date into that.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..errors import ConfigError, first_line, problem, short
from ..runs.environment import content_hash

OPTION = "chat_template_path"  # of TRL's SFTConfig
_WHERE = f"trainer.{OPTION}"
_SUFFIXES = (".jinja", ".j2")  # by which TRL, too, knows that it is a file of a template


def template_text(options: Mapping[str, Any]) -> str | None:
    """The template; None where the options name none.

    Raises:
        ConfigError: for what is no file of a template. Another model's name, from which TRL would take the template
            and tokens that this model does not have, is none either.
    """
    path = _file(options)
    if path is None:
        return None
    step = "Save the template as such a file: it is the chat_template of the other model's tokenizer"
    if path.suffix not in _SUFFIXES or not path.is_file():
        expected = f"a file with a chat template, {' or '.join(_SUFFIXES)}"
        raise ConfigError(problem(_WHERE, expected, short(str(path)), step))
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(problem(_WHERE, "a text in UTF-8", first_line(error))) from None


def template_inputs(options: Mapping[str, Any]) -> dict[str, str]:
    """The file as a run reads it -> a hash of its content; nothing where the options name none."""
    path = _file(options)
    return {} if path is None else {_WHERE: content_hash(path)}


def _file(options: Mapping[str, Any]) -> Path | None:
    path = options.get(OPTION)
    return None if path is None else Path(str(path))
