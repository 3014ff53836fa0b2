"""``isoglot label``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..output.console import print_json, print_table, put, quoted, reported, say

EXAMPLES = (
    "Examples: [bold]isoglot label runs/dpo -n 200[/bold]\n\n"
    "[bold]isoglot label runs/dpo --evaluation multijail --languages sw,ur -o labels/sw-ur[/bold]"
)
EVALUATION = typer.Option(
    help="Which evaluation of the run, by name; . for that in its own folder. Needed where it has several."
)


@reported()
def command(
    run: Annotated[Path, typer.Argument(help="A run directory with an evaluation, or the folder of one.")],
    n: Annotated[int, typer.Option("-n", min=1, help="How many responses.")] = 200,
    judge: Annotated[
        str | None,
        typer.Option(
            help="By whose verdicts to draw; the beginning of a name will do. Default: of the judge of its numbers."
        ),
    ] = None,
    evaluation: Annotated[str | None, EVALUATION] = None,
    languages: Annotated[str | None, typer.Option(help="Only these, as in en,sw,ckb.")] = None,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="A folder. Default: labels in the evaluation's.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Of the draw.")] = 0,
    json: Annotated[bool, typer.Option("--json", help="Print what labels.json holds.")] = False,
) -> None:
    """Draw responses for people to label: a sheet, and a page that needs no network.

    Every language has its part of each kind of prompt, and within it everything that the judge says, so that what is
    rare is in the sample; labels.json keeps how likely each response was to be drawn. What the judge says is in
    neither sheet nor page.
    """
    from ...calibrate import write_sheet
    from ...calibrate.design import SHEET
    from ...calibrate.sheet import PAGE
    from ...collect.evaluations import one_of

    wanted = [tag.strip() for tag in languages.split(",")] if languages else None
    folder = one_of(run, evaluation)
    written = write_sheet(folder, output, n=n, judge=judge, languages=wanted, seed=seed)
    if json:
        print_json(written.design)
    else:
        _show(written.design)
        put(str(written.folder / SHEET))
        put(str(written.folder / PAGE))
    sheet = quoted(written.folder / SHEET)
    say(f"Fill in the sheet, or open the page and save from it. Next: isoglot calibrate {sheet}")


def _show(design: dict[str, object]) -> None:
    """Responses there are and responses drawn, by language and what the judge says, as a table."""
    strata: list[dict[str, object]] = design["strata"]  # type: ignore[assignment]
    said = sorted({" or ".join(one["judge_says"]) for one in strata})  # type: ignore[arg-type]
    rows: dict[tuple[str, str], dict[str, str]] = {}
    for one in strata:
        cell = rows.setdefault((str(one["kind"]), str(one["language"])), {})
        cell[" or ".join(one["judge_says"])] = f"{one['drawn']} of {one['size']}"  # type: ignore[arg-type]
    table = [[kind, tag, *(cells.get(name, "–") for name in said)] for (kind, tag), cells in rows.items()]
    print_table(f"{design['n']} responses drawn, seed {design['seed']}", ["prompts", "language", *said], table)
