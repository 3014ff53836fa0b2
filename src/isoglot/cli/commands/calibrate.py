"""``isoglot calibrate``."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from ...amounts import counted
from ..options.ignored import only_with
from ..output.console import print_json, print_table, put, reported, say
from ..output.corrected import SHOWN
from ..output.shares import percent

EXAMPLES = (
    "Examples: [bold]isoglot calibrate labels/labels.csv[/bold]\n\n"
    "[bold]isoglot calibrate labels.anna.csv labels.juma.jsonl --run runs/dpo --truth majority[/bold]"
)
RULES = (only_with("run", "evaluation"),)


@reported()
def command(
    labels: Annotated[list[Path], typer.Argument(help="Filled sheets, CSV or JSON lines; of several people too.")],
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", help="The file. Default: calibrations/calibration.JUDGE.json."),
    ] = None,
    run: Annotated[
        Path | None, typer.Option(help="The run labelled, or its evaluation. Default: as labels.json says.")
    ] = None,
    evaluation: Annotated[
        str | None, typer.Option(help="Which evaluation of --run, by name; . for that in its own folder.")
    ] = None,
    judge: Annotated[str | None, typer.Option(help="Whose verdicts. Default: of whom the sample was drawn.")] = None,
    truth: Annotated[
        Literal["majority", "first"], typer.Option(help="What counts where people differ: most, or the first sheet.")
    ] = "majority",
    force: Annotated[
        bool, typer.Option("--force", help="Write over the calibration of another judge, evaluation or sheet.")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="Print what the file holds.")] = False,
) -> None:
    """Measure how often a judge is right, by language, from labels; later runs then print corrected rates.

    Evaluate, judge, report and sweep find the file below calibrations in the working directory or in the folder of the
    run or sweep, and use it if judge and version are the same.
    """
    from ...calibrate import calibrate
    from ...collect.evaluations import one_of

    folder = None if run is None else one_of(run, evaluation)
    found = calibrate(labels, output, evaluation=folder, judge=judge, truth=truth, force=force)
    if json:
        print_json(found.record)
    else:
        _show(found.record)
        put(str(found.path))
    for note in found.notes:
        say(note)
    say(_ending(found.record))


def _ending(record: Mapping[str, Any]) -> str:
    """What the labels are good for: a judge that says the same everywhere shows nowhere when it errs."""
    from ...runs.calibration import JudgeErrors

    labels, judge = f"{counted(record['n'], 'label')}.", record["judge"]
    can_correct = {
        kind: {name: JudgeErrors.model_validate(found).can_correct for name, found in measures.items() if name in SHOWN}
        for kind, measures in record["pooled"].items()
    }
    unknown = {kind: [name for name, can in measures.items() if not can] for kind, measures in can_correct.items()}
    if not any(can for measures in can_correct.values() for can in measures.values()):
        return (
            f"{labels} No rate of {judge} can be corrected by them, since it says the same of all responses of a kind: "
            "whether it would see others is not known. Label an evaluation in which its verdicts differ."
        )
    parts = [f"{kind}: {', '.join(names)}" for kind, names in unknown.items() if names]
    said = f" Not corrected, since it says the same of all of these responses: {'; '.join(parts)}." if parts else ""
    return f"{labels} Next: isoglot judge RUN; rates of {judge} are corrected by them.{said}"


_COLUMNS = ("sensitivity", "specificity", "kappa")


def _show(record: Mapping[str, Any]) -> None:
    """The judge's errors as a table for each kind of prompt, and how people agree."""
    for kind, languages in record["kinds"].items():
        parts = {**languages, "all": record["pooled"][kind]}
        rows = [
            [tag, measure, str(found["n"]), str(found["positives"]), *(_cell(found[name], name) for name in _COLUMNS)]
            for tag, measures in parts.items()
            for measure, found in measures.items()
            if found["positives"] or tag == "all"
        ]
        header = ["language", "measure", "labels", "seen by people", *_COLUMNS]
        print_table(f"{record['judge']}, version {record['version']}: {kind} prompts (95 %)", header, rows)
    pairs = record["agreement"]["pairs"]
    if pairs:
        rows = [
            [
                f"{one['first']}, {one['second']}",
                one["about"],
                str(one["labels"]),
                str(one["kappa"]["n"]),
                percent(one["same"]),
                _cell(one["kappa"], "kappa"),
            ]
            for one in pairs
        ]
        print_table("People with each other", ["who", "about", "labels", "prompts", "the same", "Cohen's kappa"], rows)


def _cell(found: Mapping[str, Any], name: str) -> str:
    values = [found["value"], found["low"], found["high"]]
    if any(value is None or value != value for value in values):
        return "–"
    said = [f"{value:.2f}" if name == "kappa" else percent(value) for value in values]
    return f"{said[0]} ({said[1]} – {said[2]})"
