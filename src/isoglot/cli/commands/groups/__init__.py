"""``isoglot groups``: from what people have to prompt groups; one file per sub-command."""

from __future__ import annotations

import typer

from ...options.values import Telling
from . import convert, merge, show, split

EXAMPLES = (
    "Examples: [bold]isoglot groups show prompts.csv[/bold]\n\n"
    "[bold]isoglot groups convert prompts.csv --kind harmful -o groups.jsonl[/bold]"
)
app = typer.Typer(
    help="Look at prompts, bring them into our form, join and divide them.",
    no_args_is_help=True,
    rich_markup_mode="rich",
    epilog=EXAMPLES,
)
for _module in (show, convert, merge, split):
    app.command(name=_module.__name__.rsplit(".", 1)[-1], epilog=_module.EXAMPLES, cls=Telling)(_module.command)
