"""``isoglot judge``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..errors import IsoglotError, raise_all
from .console import print_json, put, reported, say
from .progress import steps
from .results import results_in, show

EXAMPLES = "Example: [bold]isoglot judge runs/dpo[/bold]"


@reported()
def command(
    run: Annotated[
        Path, typer.Argument(help="A run directory with evaluations, the folder of one, or a log of inspect_ai.")
    ],
    json: Annotated[bool, typer.Option("--json", help="Print what metrics.json holds.")] = False,
) -> None:
    """Judge responses again, without generating: of one evaluation, or of all those of a run."""
    from ..evaluate import judge_again
    from ..runs.evaluations import evaluations
    from ..tasks.logs import folder_of

    run = folder_of(run)
    found, problems = {}, []
    with steps() as shown:
        for folder in evaluations(run) or [run]:
            try:
                found[folder] = judge_again(folder, show=shown).metrics
            except IsoglotError as error:  # which costs the others nothing
                problems.append(error)
    if json and len(found) > 1:
        print_json({str(folder): metrics for folder, metrics in found.items()})
    else:
        for folder, metrics in found.items():
            if len(found) > 1:
                put(str(folder))
            show(metrics, json=json)
    if found:
        say(results_in(next(reversed(found))))
    if problems:
        raise_all([str(error) for error in problems], type(problems[0]))
