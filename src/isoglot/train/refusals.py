"""What a library refuses of a run's settings, as an error of the setting that it is about."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from ..errors import ConfigError, IsoglotError, first_line, problem
from .run_file import RunFile

REFUSALS = (TypeError, ValueError, NotImplementedError, ImportError)


@contextmanager
def refusals(
    run: RunFile,
    where: str,
    expected: str,
    *,
    kinds: tuple[type[Exception], ...] = REFUSALS,
    concerns: Callable[[], bool] = lambda: True,
) -> Iterator[None]:
    """Turns what a library raises inside into a :class:`ConfigError` that names the setting.

    Args:
        run: whose settings the library has.
        where: what is named where the setting cannot be recognised.
        expected: what the settings must be.
        kinds: of errors by which libraries refuse settings.
        concerns: whether an error now is about settings.
    """
    try:
        yield
    except IsoglotError:
        raise
    except kinds as error:
        if not concerns():
            raise
        raise ConfigError(problem(setting_of(error, run) or where, expected, first_line(error))) from error


def setting_of(error: Exception, run: RunFile) -> str:
    """The dotted path of the setting that an error speaks of, by its value or else by its name; empty if neither."""
    text = str(error).lower()
    options = {
        f"{section}.{name}": value
        for section, values in (("trainer", run.trainer), ("peft", run.peft or {}))
        for name, value in values.items()
    }
    by_value = {
        path: max(len(one) for one in words)
        for path, value in options.items()
        if (words := [one for one in _words(value) if len(one) > 1 and one.lower() in text])
    }
    if by_value:
        return max(by_value, key=by_value.__getitem__)
    names = {path: path.partition(".")[2] for path in options}
    by_name = [path for path, name in names.items() if name in text or name.replace("_", " ") in text]
    return max(by_name, key=len, default="")


def _words(value: Any) -> Iterator[str]:
    """The texts in a setting's value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        yield from (word for item in value.values() for word in _words(item))
    elif isinstance(value, (list, tuple)):
        yield from (word for item in value for word in _words(item))
