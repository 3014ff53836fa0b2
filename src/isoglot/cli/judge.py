"""``isoglot judge``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .console import reported, say
from .evaluate import results_in, show
from .progress import steps

EXAMPLES = "Example: [bold]isoglot judge runs/dpo[/bold]"


@reported()
def command(
    run: Annotated[Path, typer.Argument(help="A folder that isoglot evaluate wrote.")],
    json: Annotated[bool, typer.Option("--json", help="Print what metrics.json holds.")] = False,
) -> None:
    """Judge written responses again, without generating; verdicts and numbers are written anew."""
    from ..evaluate import judge_again

    with steps() as shown:
        metrics = judge_again(run, show=shown).metrics
    show(metrics, json=json)
    say(results_in(run))
