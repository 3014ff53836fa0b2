"""``isoglot train``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from .console import STATE, print_json, put, quiet, reported, say, steps

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
        say(code_is_run(code))
    finished = RunDirectory(run.output).finished
    with steps() as shown:
        if not finished:
            shown.begin(f"Training {run.output.name}")
        folder = train(
            run,
            progress=shown.advance,
            watch=lambda line: shown.note(_words(line)),
            quiet=not STATE.debug,
        )
    if finished:
        say("This run has finished already; nothing was trained.")
    if json:
        print_json({"run": str(folder)})
    else:
        put(str(folder))
    say(f"The model is in {folder}. Next: isoglot evaluate {folder} --prompts groups.jsonl")


def code_is_run(file: Path) -> str:
    """What is said before code that a run file names is imported."""
    return f"The objective is code of your own, imported from {file}."


def _words(line: dict[str, Any]) -> str:
    """What of a log line is worth seeing while one waits."""
    shown = {"loss": "loss", "consistency/loss": "consistency"}
    words = [f"{name} {line[key]:.4f}" for key, name in shown.items() if isinstance(line.get(key), float)]
    if isinstance(share := line.get("consistency/token_share"), float):
        words.append(f"the term has {share:.0%} of the tokens")
    return ", ".join(words)
