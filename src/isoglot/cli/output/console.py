"""Messages on stderr, results on stdout, and errors without a traceback."""

from __future__ import annotations

import functools
import inspect
import os
import re
import shlex
import sys
import traceback
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeVar, get_args, get_type_hints

import typer
from typer.models import OptionInfo

from ...errors import ConfigError, IsoglotError, named
from ...escaping import visible
from ...file_errors import of_system
from ...files import as_json
from .widths import column_widths, room

F = TypeVar("F", bound=Callable[..., Any])


@dataclass
class _State:
    debug: bool = False


STATE = _State()
_PROBLEM = re.compile(r"(?P<setting>\w+)(?:\.(?P<part>[^:\s]+))?(?=: (?:expected|unknown) )")  # how one begins
DRY_RUN = typer.Option("--dry-run", help="Check everything, say what would be done, write nothing.")
WITH = typer.Option(
    "--with",
    metavar="JUDGE",
    help="rules, guard:NAME@PROVIDER or rubric:NAME@PROVIDER. Repeatable; the last counts.",
)
SET = typer.Option(
    "--set", metavar="KEY=VALUE", help="In place of what the run file says, as in consistency.weight=1. Repeatable."
)


def reported(continues: str = "") -> Callable[[F], F]:
    """A command whose errors are reported in a sentence.

    Args:
        continues: what to say after Ctrl-C.
    """

    def decorate(command: F) -> F:
        @functools.wraps(command)
        def run(*args: Any, **kwargs: Any) -> Any:
            _own_warnings()
            try:
                return command(*args, **kwargs)
            except typer.Exit:
                raise
            except KeyboardInterrupt:
                say(f"Stopped. {continues}".strip())
                raise typer.Exit(130) from None
            except BrokenPipeError:
                # The reader has gone; nothing more can be written, not even at exit.
                os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
                raise typer.Exit(1) from None
            except IsoglotError as error:
                _traceback()
                say(with_options(str(error), _given_options(command, kwargs)))
                raise typer.Exit(2 if isinstance(error, ConfigError) else 1) from None
            except Exception as error:
                _traceback()
                if sentence := of_system(error):
                    say(sentence)
                    raise typer.Exit(1) from None
                hint = "" if STATE.debug else " Add --debug to see where it comes from."
                say(f"Unexpected {named(error)}.{hint}")
                raise typer.Exit(1) from None

        run.__doc__ = _flowing(command.__doc__ or "")
        return run  # type: ignore[return-value]

    return decorate


def with_options(text: str, options: Mapping[str, str]) -> str:
    """A message with settings named as the options that the user gave.

    The library names the setting, ``languages: expected ...``; who typed an option looks for ``--languages``. Only what
    has the form of a problem is touched, from the beginning of its line.

    Args:
        text: one problem a line.
        options: setting -> option.

    Example:
        >>> with_options("columns.x: expected a tag, got 'x'.", {"columns": "--columns"})
        "--columns x: expected a tag, got 'x'."
    """
    return "\n".join(_with_option(line, options) for line in text.split("\n"))


def _with_option(line: str, options: Mapping[str, str]) -> str:
    found = _PROBLEM.match(line)
    if found is None or (option := options.get(found["setting"])) is None:
        return line
    return " ".join(filter(None, (option, found["part"]))) + line[found.end() :]


def _given_options(command: Callable[..., Any], values: Mapping[str, Any]) -> dict[str, str]:
    """Parameter -> option, of those of a command whose values are not those that it has by itself."""
    parameters, hints = inspect.signature(command).parameters, get_type_hints(command, include_extras=True)
    found = {}
    for name, value in values.items():
        stated = [one for one in get_args(hints[name])[1:] if isinstance(one, OptionInfo)]
        if stated and value not in (None, [], parameters[name].default):
            named = [text for text in stated[0].param_decls or () if text.startswith("--")]
            found[name] = named[0] if named else f"--{name.replace('_', '-')}"
    return found


def _flowing(text: str) -> str:
    """Each paragraph in one line: the help keeps the line breaks of all but the first."""
    return "\n\n".join(" ".join(part.split()) for part in inspect.cleandoc(text).split("\n\n"))


def say(text: str) -> None:
    """A message on stderr."""
    sys.stderr.write(visible(text) + "\n")


def put(text: str) -> None:
    """A line of a result on stdout."""
    sys.stdout.write(visible(text) + "\n")


def quoted(path: str | Path) -> str:
    """A path as a shell wants it."""
    return shlex.quote(str(path))


def _traceback() -> None:
    if STATE.debug:
        say(traceback.format_exc().rstrip("\n"))


def _own_warnings() -> None:
    """Of warnings those of isoglot are shown, each in a line; with ``--debug`` all, with their place."""
    warnings.showwarning = _show_warning
    if not STATE.debug:
        warnings.filterwarnings("ignore", module=r"(?!isoglot)")
        warnings.filterwarnings("default", module=r"isoglot")


def _show_warning(
    message: Warning | str, category: type[Warning], filename: str, lineno: int, *_: Any, **__: Any
) -> None:
    if STATE.debug:
        say(warnings.formatwarning(message, category, filename, lineno).rstrip("\n"))
    else:
        say(f"Warning: {message}")


def quiet() -> None:
    """Keeps the libraries' own chatter off the terminal; called by commands, never on import."""
    from ...train.silence import hush, mute_chatty

    mute_chatty()  # with --debug too: stdout is for results
    if not STATE.debug:
        hush()


def print_json(value: Any) -> None:
    """One JSON object on stdout."""
    sys.stdout.write(as_json(value, indent=2) + "\n")


def print_table(title: str, columns: list[str], rows: list[list[str]]) -> None:
    """A table on stdout: as wide as the terminal or COLUMNS lets it be, but never so narrow that words are lost."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    head, *body = ([Text(visible(cell)) for cell in row] for row in (columns, *rows))  # as text: a name is no markup
    widths = column_widths([[cell.plain for cell in row] for row in (head, *body)], room())
    table = Table(title=Text(visible(title)), title_justify="left")
    for place, (column, width) in enumerate(zip(head, widths, strict=True)):
        justify: Literal["left", "right"] = "left" if place == 0 else "right"
        table.add_column(column, justify=justify, width=width, overflow="fold")
    for row in body:
        table.add_row(*row)
    Console(width=sum(widths) + 3 * len(widths) + 1, height=len(rows) + 1).print(table)
