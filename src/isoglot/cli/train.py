"""``isoglot train``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from .console import STATE, print_json, quiet, quoted, reported, say
from .progress import steps

EXAMPLES = "Example: [bold]isoglot train recipes/qwen2.5-7b-dpo.yaml[/bold]. The same command continues a stopped run."


@reported("The same command continues from the last checkpoint, or begins anew where there is none yet.")
def command(
    run_file: Annotated[Path, typer.Argument(help="The run file (YAML).", metavar="RUN.yaml")],
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Train a model as a run file says, with a consistency term attached."""
    from ..train import RunDirectory, RunFile, train
    from ..train.own_code import own_objective

    quiet()
    run = RunFile.read(run_file)
    if code := own_objective(run):
        say(f"The objective is code of your own, imported from {code}.")
    finished = RunDirectory(run.output).finished
    with steps() as shown:
        folder = train(run, show=shown, quiet=not STATE.debug)
    if finished:
        say("This run has finished already; nothing was trained.")
    if json:
        print_json({"run": str(folder)})
    else:
        sys.stdout.write(f"{folder}\n")
    say(f"The model is in {folder}. Next: isoglot evaluate {quoted(folder)} --prompts groups.jsonl")
