"""The ``isoglot`` command and what all of its commands share."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from .. import __version__
from ..errors import first_line
from ..file_errors import cannot_be_written
from .commands import (
    calibrate,
    check,
    compare,
    doctor,
    evaluate,
    groups,
    judge,
    label,
    probe,
    quickstart,
    report,
    sweep,
    train,
    translate,
)  # fmt: skip
from .options.ignored import refusing
from .output.console import STATE, say
from .output.widths import forget_odd_sizes

# In the order of the work, which is that of the help.
_COMMANDS = (
    quickstart, groups, translate, check, probe, train, sweep,
    evaluate, judge, label, calibrate, compare, report, doctor,
)  # fmt: skip
_NAMES = [module.__name__.rsplit(".", 1)[-1] for module in _COMMANDS]


class _InOrder(TyperGroup):
    """Typer has groups of commands behind all commands."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002
        return sorted(self.commands, key=_NAMES.index)


app = typer.Typer(
    name="isoglot",
    cls=_InOrder,
    help="Align a language model in one language, and transfer the alignment to others.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        sys.stdout.write(f"isoglot {__version__}\n")
        raise typer.Exit


@app.callback()
def options(
    debug: Annotated[bool, typer.Option("--debug", help="Show tracebacks and other libraries' warnings.")] = False,
    version: Annotated[  # noqa: ARG001 - acted on by its callback
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and end.")
    ] = False,
) -> None:
    """Options of every command."""
    STATE.debug = debug


for _name, _module in zip(_NAMES, _COMMANDS, strict=True):
    if hasattr(_module, "app"):
        app.add_typer(_module.app, name=_name)
    else:
        _class = refusing(getattr(_module, "RULES", ()))
        app.command(name=_name, epilog=_module.EXAMPLES, cls=_class)(_module.command)


def main(arguments: Sequence[str] | None = None) -> None:
    """Entry point of the ``isoglot`` command; exit status 0, 1 (failed) or 2 (usage), 130 after Ctrl-C.

    Args:
        arguments: of the command line; None: those that the process was given.
    """
    os.environ.setdefault("TQDM_DISABLE", "1")  # TRL draws bars that no option stops; read when tqdm is imported
    forget_odd_sizes()
    given = list(sys.argv[1:] if arguments is None else arguments)
    if "--debug" in given:  # wherever it stands: it is wanted after something has gone wrong, at the end of the line
        given = ["--debug", *(argument for argument in given if argument != "--debug")]
    try:
        app(given)
    finally:
        _flush()


def _flush() -> None:
    """Writes out what is left; a reader that has gone (``| head``) or a full disk is not worth a traceback."""
    try:
        sys.stdout.flush()
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if not isinstance(error, BrokenPipeError):
            say(cannot_be_written(error, "the output") or f"the output: {first_line(error)}.")
            raise SystemExit(1) from None
