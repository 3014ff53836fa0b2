"""What a library refuses of a run's settings, as an error of the setting that it is about."""

from __future__ import annotations

import re
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from ..errors import ConfigError, IsoglotError, first_line, problem
from .run_file import RunFile

LIBRARY_ERRORS = (TypeError, ValueError, NotImplementedError, ImportError)
_TRAINERS = ("trl", "transformers", "accelerate", "peft", "torch", "bitsandbytes", "deepspeed")
_SHORTEST = 4  # letters of a word that says which setting is meant


@contextmanager
def naming_the_setting(
    run: RunFile,
    where: str,
    expected: str,
    *,
    kinds: tuple[type[Exception], ...] = LIBRARY_ERRORS,
    concerns: Callable[[Exception], bool] = lambda _error: True,
) -> Iterator[None]:
    """Turns what a library raises inside into a :class:`ConfigError` that names the setting.

    Args:
        run: whose settings the library has.
        where: what is named where the setting cannot be recognised.
        expected: what the settings must be.
        kinds: of errors by which libraries refuse settings.
        concerns: whether an error is about settings.
    """
    try:
        yield
    except IsoglotError:
        raise
    except kinds as error:
        if not concerns(error):
            raise
        raise ConfigError(problem(setting_of(error, run) or where, expected, first_line(error))) from error


def by_a_trainer(error: Exception) -> bool:
    """Whether an error comes from the trainer or a library that it stands on: not from data, the log or the term."""
    named = [str(frame.f_globals.get("__name__")) for frame, _ in traceback.walk_tb(error.__traceback__)]
    rooms = [name.split(".") for name in named if name.partition(".")[0] not in sys.stdlib_module_names]
    ours = [room[1] for room in rooms if room[0] == "isoglot"]
    return bool(rooms) and rooms[-1][0] in _TRAINERS and not set(ours) - {"train", "attach"}


def setting_of(error: Exception, run: RunFile) -> str:
    """The dotted path of the setting that an error speaks of, by a word of its value or else its name; empty if none.

    Only whole words count, of four letters at least: others stand in messages by chance.
    """
    options = {
        f"{section}.{name}": value
        for section, values in (("trainer", run.trainer), ("peft", run.peft or {}))
        for name, value in values.items()
    }
    names = {path: path.partition(".")[2] for path in options}
    by_value = {path: list(_words(value)) for path, value in options.items()}
    by_name = {path: [name, name.replace("_", " ")] for path, name in names.items()}
    return _spoken_of(str(error), by_value) or _spoken_of(str(error), by_name)


def _spoken_of(text: str, words: Mapping[str, Sequence[str]]) -> str:
    """The path whose longest word stands in a text; empty if none does."""
    found = {
        path: max(map(len, there))
        for path, some in words.items()
        if (there := [word for word in some if len(word) >= _SHORTEST and _stands_in(word, text)])
    }
    return max(found, key=found.__getitem__, default="")


def _stands_in(word: str, text: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text, re.IGNORECASE) is not None


def _words(value: Any) -> Iterator[str]:
    """The texts in a setting's value, keys of mappings among them."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        yield from (word for item in value.items() for word in _words(item))
    elif isinstance(value, (list, tuple)):
        yield from (word for item in value for word in _words(item))
