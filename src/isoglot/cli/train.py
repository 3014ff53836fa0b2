"""``isoglot train``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from .console import print_json, quiet, steps, told

EXAMPLES = "Example: [bold]isoglot train recipes/qwen2.5-7b-dpo.yaml[/bold]. The same command continues a stopped run."


@told("The same command continues from the last checkpoint.")
def command(
    run_file: Annotated[Path, typer.Argument(help="The run file (YAML).", metavar="RUN.yaml")],
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Train a model as a run file says, with a consistency term attached."""
    from ..train import RunFile, train

    quiet()
    run = RunFile.read(run_file)
    with steps() as shown:
        shown.begin(f"Training {run.output.name}")
        folder = train(run, progress=shown.advance)
    if json:
        print_json({"run": str(folder)})
    else:
        sys.stdout.write(f"{folder}\n")
