"""``isoglot judge``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .console import print_json, put, reported, say
from .evaluate import results_in, show
from .progress import steps

EXAMPLES = "Example: [bold]isoglot judge runs/dpo[/bold]"


@reported()
def command(
    run: Annotated[Path, typer.Argument(help="A run directory with evaluations, or the folder of one.")],
    json: Annotated[bool, typer.Option("--json", help="Print what metrics.json holds.")] = False,
) -> None:
    """Judge responses again, without generating: of one evaluation, or of all those of a run."""
    from ..evaluate import judge_again
    from ..runs.evaluations import evaluations

    folders = evaluations(run) or [run]
    with steps() as shown:
        found = {folder: judge_again(folder, show=shown).metrics for folder in folders}
    if json and len(found) > 1:
        print_json({str(folder): metrics for folder, metrics in found.items()})
    else:
        for folder, metrics in found.items():
            if len(found) > 1:
                put(str(folder))
            show(metrics, json=json)
    say(results_in(folders[0] if len(folders) == 1 else run))
