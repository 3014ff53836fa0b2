"""``isoglot report``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..output.console import print_json, put, reported, say
from ..output.corrected import CALIBRATION

EXAMPLES = "Example: [bold]isoglot report runs/base runs/dpo runs/dpo-isoglot --output report.html[/bold]"


@reported()
def command(
    runs: Annotated[list[Path], typer.Argument(help="Run directories or evaluations, in the order to show them.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="The page to write.")] = Path("report.html"),
    title: Annotated[str | None, typer.Option(help="The page's title.")] = None,
    evaluation: Annotated[
        str | None,
        typer.Option(
            help="Which evaluation of each run, by name; . for that in its own folder. Default: the one that all share."
        ),
    ] = None,
    calibration: Annotated[Path | None, CALIBRATION] = None,
    judge: Annotated[
        str | None,
        typer.Option(help="Whose numbers, by name or its beginning. Default: the last judge that gave a verdict."),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Write over a page of other runs.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Write one self-contained HTML page that compares runs."""
    from ...report import refuse_page_of_others, write_report

    if not force:
        refuse_page_of_others(output, runs)
    page = write_report(runs, output, title=title, evaluation=evaluation, judge=judge, calibration=calibration)
    if json:
        print_json({"page": str(page)})
    else:
        put(str(page))
    say(f"The page is {page}. Next: open it in a browser; it needs no network.")
