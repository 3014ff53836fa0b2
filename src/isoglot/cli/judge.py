"""``isoglot judge``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from ..strangers import visible
from .console import print_json, reported
from .evaluate import show

EXAMPLES = "Example: [bold]isoglot judge runs/dpo[/bold]"


@reported()
def command(
    run: Annotated[Path, typer.Argument(help="A run directory with evaluations, or the folder of one.")],
    json: Annotated[bool, typer.Option("--json", help="Print what metrics.json holds.")] = False,
) -> None:
    """Judge responses again, without generating: of one evaluation, or of all those of a run."""
    from ..evaluate import judge_again
    from ..runs.evaluations import evaluations

    found = {folder: judge_again(folder).metrics for folder in evaluations(run) or [run]}
    if json and len(found) > 1:
        print_json({str(folder): metrics for folder, metrics in found.items()})
        return
    for folder, metrics in found.items():
        if len(found) > 1:
            sys.stdout.write(visible(f"{folder}\n"))
        show(metrics, json=json)
