"""``isoglot train``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ...progress import is_first_process
from ..output.console import DRY_RUN, SET, STATE, print_json, put, quiet, quoted, reported, say
from ..output.dry_run import of_training, show_plan
from ..output.progress import steps

if TYPE_CHECKING:
    from ...train.own_code import OwnCode

EXAMPLES = (
    "Examples: [bold]isoglot train recipes/qwen2.5-7b-dpo.yaml --dry-run[/bold]\n\n"
    "[bold]isoglot train run.yaml --set consistency.weight=1 --set output=runs/weight-1[/bold]. "
    "The same command continues a stopped run."
)


@reported("The same command continues from the last checkpoint, or begins anew where there is none yet.")
def command(
    run_file: Annotated[Path, typer.Argument(help="The run file (YAML).", metavar="RUN.yaml")],
    changes: Annotated[list[str] | None, SET] = None,
    dry: Annotated[bool, DRY_RUN] = False,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Train a model as a run file says, with a consistency term attached."""
    from ...settings.dotted import assignments
    from ...train import RunDirectory, RunFile, train
    from ...train.own_code import own_objective

    quiet()
    run = RunFile.read(run_file, assignments(changes or []))
    if code := own_objective(run):
        say(code_is_run(code))
    if dry:
        from ...train.dry_run import dry_run  # which loads torch: not before the run file is known to be right

        with steps() as shown:
            found = dry_run(run, show=shown, tell=say)
        given = "".join(f" --set {quoted(one)}" for one in changes or [])
        show_plan(found, of_training(found), json=json, then=f"isoglot train {quoted(run_file)}{given}")
        return
    finished = RunDirectory(run.output).finished
    with steps() as shown:
        folder = train(run, show=shown, tell=say, quiet=not STATE.debug)
    if not is_first_process():
        return
    if finished:
        say("This run has finished already; nothing was trained.")
    if json:
        print_json({"run": str(folder)})
    else:
        put(str(folder))
    say(f"The model is in {folder}. Next: isoglot evaluate {quoted(folder)} --prompts TEST.jsonl")


def code_is_run(code: OwnCode) -> str:
    """What is said before code that a run file names is imported."""
    return f"The objective is code of your own, imported from {code.file or f'the module {code.module}'}."
