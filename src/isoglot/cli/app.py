"""The ``isoglot`` command and what all of its commands share."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from .. import __version__
from . import evaluate, judge, quickstart, report, train
from .console import STATE

app = typer.Typer(
    name="isoglot",
    help="Align a language model in one language, and have it hold in all.",
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
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False,
    version: Annotated[  # noqa: ARG001 - acted on by its callback
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and end.")
    ] = False,
) -> None:
    """Options before the command."""
    STATE.debug = debug


for _module in (quickstart, train, evaluate, judge, report):
    app.command(name=_module.__name__.rsplit(".", 1)[-1], epilog=_module.EXAMPLES)(_module.command)


def main() -> None:
    """Entry point of the ``isoglot`` command; exit status 0, 1 (failed) or 2 (usage), 130 after Ctrl-C."""
    app()
