"""What isoglot raises, and how all problems of one input are reported at once."""

from __future__ import annotations

import difflib
import re
import reprlib
import traceback
from collections.abc import Callable, Iterable, Sequence
from typing import Any

_LISTED, _NEAREST = 40, 5  # known names that a message lists, and those that it takes of more
_LINE, _PART, _SCREEN = 1000, 2000, 8000  # characters of one of many problems, of a part of one, of all that are shown
_FULL_STOP = re.compile(r"(?<=[^\W_])\.$")  # of a sentence, not of what is left out
_SHORT = reprlib.Repr()  # stops at a few parts of a few levels, of what holds itself too
_SHORT.maxstring = _SHORT.maxother = 100


class IsoglotError(Exception):
    """Base of every error that isoglot raises on purpose; its text is meant for the user."""


class ConfigError(IsoglotError, ValueError):
    """A setting that cannot work."""


class DataError(IsoglotError, ValueError):
    """A file or table whose content cannot be used."""


class ModelError(IsoglotError, ValueError):
    """A model, tokenizer or trainer that isoglot cannot work with."""


class MissingFileError(IsoglotError, FileNotFoundError):
    """A file or folder that should be there and is not."""


class MissingLibraryError(IsoglotError, ImportError):
    """A library that only some commands need and that is not installed."""


class RunError(IsoglotError, RuntimeError):
    """Something that went wrong while running, or a run directory in the wrong state."""


def problem(where: str, expected: str, got: object, next_step: str = "") -> str:
    """One problem in the form of all messages here, ``<where>: expected <what>, got <value>. <next step>.``.

    Of a part that is long the middle is left out. What other libraries say may end with a full stop of its own.
    """
    said = _FULL_STOP.sub("", _within(str(got), _PART))
    sentence = f"{_within(where, _PART)}: expected {_within(expected, _PART)}, got {said}."
    if not next_step:
        return sentence
    return f"{sentence} {next_step}" if next_step.endswith((".", "?")) else f"{sentence} {next_step}."


def unknown(where: str, what: str, name: object, known: Iterable[str]) -> str:
    """A name that means nothing: ``<where>: unknown <what> 'wieght'. Did you mean 'weight'?``.

    Without a close one, all known names are listed or, if they are many, the nearest.
    """
    names = list(known)
    hint = did_you_mean(str(name), names)
    if names and not hint:
        nearest = difflib.get_close_matches(str(name)[:100], names, n=_NEAREST, cutoff=0.0)
        few = len(names) <= _LISTED
        hint = f"Known: {', '.join(names)}." if few else f"The nearest of {len(names)}: {', '.join(nearest)}."
    return f"{where}: unknown {what} {short(name)}. {hint}".rstrip()


def not_allowed(where: str, got: object, next_step: str) -> str:
    """A setting that has no place there: ``<where>: not allowed here, got <value>. <next step>.``."""
    return f"{_within(where, _PART)}: not allowed here, got {_within(str(got), _PART)}. {next_step}".rstrip(".") + "."


def short(value: object) -> str:
    """A value as it is written in code, cut to 60 characters for a message, however large or deep it is."""
    if isinstance(value, int) and value.bit_length() > 10_000:  # which Python itself refuses to write
        return "a whole number of thousands of digits"
    return _cut(repr(value[:100]) if isinstance(value, (str, bytes)) else _SHORT.repr(value))


def _cut(text: str) -> str:
    return text if len(text) <= 60 else text[:57] + "..."


def _within(text: str, most: int) -> str:
    """The text without its middle where it has more than so many characters."""
    return text if len(text) <= most else f"{text[: most - 200]} ... {text[-200:]}"


def first_line(error: BaseException) -> str:
    """The first line of another library's error, cut to 200 characters; its type if it says nothing.

    One that ends in a colon says what, and the next why: both are taken.
    """
    lines = (str(error).strip() or type(error).__name__).splitlines()
    first = " ".join(map(str.strip, lines[:2])) if lines[0].rstrip().endswith(":") else lines[0]
    return first[:200].rstrip(".")


def named(error: BaseException) -> str:
    """Another library's error with its type, in a sentence's part: ``TimeoutError: no answer``."""
    return f"{type(error).__name__}: {first_line(error)}"


def raised_in(error: BaseException, module: str) -> str:
    """An error of somebody's module in a sentence's part: ``ZeroDivisionError: division by zero, in loss.py line 3``.

    Args:
        error: as it was caught.
        module: its dotted name; the last line within it, or within its package, is meant.
    """
    lines = [
        (frame.f_code.co_filename, line)
        for frame, line in traceback.walk_tb(error.__traceback__)
        if str(frame.f_globals.get("__name__")).partition(".")[0] == module.partition(".")[0]
    ]
    if isinstance(error, SyntaxError) and error.filename:  # of a file that was read and not run
        lines.append((error.filename, error.lineno or 1))
    said = named(error)
    return f"{said}, in {lines[-1][0]} line {lines[-1][1]}" if lines else said


def some(names: Iterable[str], most: int) -> str:
    """``a, b, c and 4 more``: names for a message, at most so many.

    Example:
        >>> some("abcd", 2), some("ab", 2)
        ('a, b and 2 more', 'a, b')
    """
    shown = list(names)
    more = f" and {len(shown) - most} more" if len(shown) > most else ""
    return ", ".join(shown[:most]) + more


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """``Did you mean 'x'?`` for the closest known name, or an empty string."""
    close = difflib.get_close_matches(name, list(known), n=1)
    return f"Did you mean {close[0]!r}?" if close else ""


_MORE = re.compile(r"\.\.\. and ([\d,]+) more problems?\.")


def raise_all(problems: Sequence[str], error: type[IsoglotError], *, limit: int = 50) -> None:
    """Raises ``error`` with every problem, one a line, if there is any; what is beyond a screen is counted.

    Args:
        problems: sentences; of a long one the middle is left out.
        error: its type.
        limit: most problems to show. Long ones are fewer: a screen holds some 8,000 characters.
    """
    if not problems:
        return
    lines = [line for text in problems for line in text.split("\n")]  # a problem may be those of a whole file
    counted = [found for line in lines if (found := _MORE.fullmatch(line))]  # beyond the screen of an inner call
    lines = [line for line in lines if not _MORE.fullmatch(line)]
    shown: list[str] = []
    for line in lines[:limit]:
        shown.append(_within(line, _LINE))
        if sum(map(len, shown)) > _SCREEN:
            break
    more = len(lines) - len(shown) + sum(int(found[1].replace(",", "")) for found in counted)
    if more:
        shown.append(f"... and {more:,} more problem{'' if more == 1 else 's'}.")
    raise error("\n".join(shown))


def all_at_once(*steps: Callable[[], Any]) -> list[Any]:
    """What some steps give that do not need each other; a user then corrects once what is wrong in all of them.

    Args:
        steps: called in turn, also where an earlier one has failed.

    Raises:
        IsoglotError: with the problems of all; of the type of the only one that failed, or a ConfigError.
    """
    found, wrong = [], list[IsoglotError]()
    for step in steps:
        try:
            found.append(step())
        except IsoglotError as error:
            wrong.append(error)
    if len(wrong) == 1:
        raise wrong[0]
    raise_all([str(error) for error in wrong], ConfigError)
    return found
