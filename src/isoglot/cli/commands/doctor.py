"""``isoglot doctor``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..output.console import print_json, print_table, reported, say

EXAMPLES = (
    "Examples: [bold]isoglot doctor[/bold]\n\n"
    "[bold]isoglot doctor runs/dpo runs/base[/bold]  (what is missing or broken in these)"
)


@reported()
def command(
    runs: Annotated[list[Path] | None, typer.Argument(help="Run directories to look at. Default: none.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Look at libraries, accelerator, disk and run directories, and say what is wrong and what to do."""
    from ...doctor import FINE, WRONG, look_at_machine, look_at_runs

    found = [*look_at_machine(Path()), *look_at_runs(runs or [])]
    if json:
        print_json({"findings": [one._asdict() for one in found]})
    else:
        print_table("", ["what", "state", "found"], [[one.what, one.state, one.found] for one in found])
    for one in found:
        if one.state != FINE:
            say(f"{one.what}: {one.found}.{f' {one.step}.' if one.step else ''}")
    if any(one.state == WRONG for one in found):
        raise typer.Exit(1)
