"""``isoglot quickstart``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..output.console import print_json, print_table, put, quiet, reported, say
from ..output.progress import steps
from ..output.rates import MEASURES, SLICES
from ..output.shares import percent

if TYPE_CHECKING:
    from ...quickstart import QuickstartResult

EXAMPLES = "Example: [bold]isoglot quickstart --fast[/bold]. The same command continues a stopped quickstart."
EXAMPLE = "dpo-isoglot.yaml"


@reported("The same command continues where it was.")
def command(
    output: Annotated[Path, typer.Option("-o", "--output", help="Folder for everything.")] = Path("quickstart"),
    seed: Annotated[int, typer.Option(min=0, help="Of data and training.")] = 0,
    fast: Annotated[bool, typer.Option("--fast", help="Under a minute; undertrained, with rougher numbers.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Align a tiny model in English, with and without a consistency term, and see twelve languages."""
    from ...quickstart import run

    quiet()
    with steps() as shown:
        result = run(output, seed=seed, fast=fast, show=shown)
    if json:
        print_json(result.to_record())
    else:
        _show(result)
    say(
        f"The page is {result.page}: open it in a browser. Next: isoglot train RUN.yaml with a model and data of your "
        f"own; {output / EXAMPLE} is a run file to begin with."
    )


def _show(result: QuickstartResult) -> None:
    rows = []
    for row in result.rows:
        shares = (getattr(row, name) for name in MEASURES)
        rows.append([row.name, *(" / ".join(percent(part[key]) for key in SLICES) for part in shares)])
    print_table(
        "English / mean of nine other languages / mean of two languages never used in alignment",
        ["", *MEASURES.values()],
        rows,
    )
    if result.note:
        put(result.note)
    put(f"Page: {result.page}\nSeconds: {result.seconds:.0f}")
