"""``isoglot sweep``."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..output.console import SET, print_json, print_table, put, quiet, quoted, reported, say
from ..output.corrected import CALIBRATION, check_calibration, origin_line, raw_and_corrected
from ..output.progress import steps
from ..output.rates import MEASURES, OF_SOME_TESTS, SLICES
from ..output.shares import percent, with_interval
from .train import code_is_run

if TYPE_CHECKING:
    from ...sweep import Plan

EXAMPLES = (
    "Examples: [bold]isoglot sweep sweep.yaml --dry-run[/bold]\n\n"
    "[bold]isoglot sweep sweep.yaml --processes 2 --set trainer.max_steps=200[/bold]. "
    "The same command continues a stopped sweep."
)


@reported("The same command continues: trials that are finished are not run again.")
def command(
    sweep_file: Annotated[Path, typer.Argument(help="The sweep file (YAML).", metavar="SWEEP.yaml")],
    processes: Annotated[int | None, typer.Option(min=1, help="Trials at a time. Default: the file's.")] = None,
    changes: Annotated[list[str] | None, SET] = None,
    calibration: Annotated[Path | None, CALIBRATION] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="List the trials, check their run files; train nothing.")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="Print what sweep.json holds.")] = False,
) -> None:
    """Train and test many settings with many seeds, compare them, and say which to take."""
    from ...settings.dotted import assignments
    from ...sweep import SweepFile, plan, sweep
    from ...sweep.record import record as record_of
    from ...sweep.writing import PAGE

    quiet()
    planned = plan(SweepFile.read(sweep_file, assignments(changes or [])))
    check_calibration(calibration)
    if dry_run:
        _list(planned, json=json)
        return
    for note in planned.notes:  # said before hours of work, and again with the results
        say(f"Note: {note}")
    for code in planned.code:
        say(code_is_run(code))
    with steps() as shown:
        result = sweep(planned, processes=processes, show=shown, calibration=calibration)
    record = record_of(result)
    page = planned.file.output / PAGE
    if json:
        print_json(record | {"page": str(page)})
    else:
        _show(record)
        put(f"{record['choice']['sentence']} {record['choice']['why']}")
        for note in record["notes"]:
            put(note)
        put(f"Page: {page}")
    say(_next(planned, record["choice"]["setting"], page))
    if result.failures:
        say(f"{len(result.failures)} of {len(planned.trials)} trials failed; the same command tries them again:")
        for trial, reason in result.failures.items():
            say(f"{trial}: {reason}")
        raise typer.Exit(1)


def _next(planned: Plan, chosen: str | None, page: Path) -> str:
    """Where the results are, and how to train the chosen setting for use: a sweep drops the weights of its trials."""
    found = [one for one in planned.settings if one.name == chosen and not one.base]
    if not found:
        return f"The page is {page}: open it in a browser."
    run = next(iter(found[0].trials.values())).folder / "run.yaml"
    return f"The page is {page}: open it in a browser. Next: isoglot train {quoted(run)} --set output=runs/chosen"


def _list(planned: Plan, *, json: bool) -> None:
    """The trials, and how each stands."""
    root = planned.file.output
    rows = [
        {
            "setting": trial.name,
            "seed": trial.seed,
            "folder": str(trial.folder.relative_to(root)),
            "state": "finished" if trial.result() is not None else "failed" if trial.failure() else "to run",
        }
        for trial in planned.trials
    ]
    finished = sum(row["state"] == "finished" for row in rows)
    if json:
        found = {"output": str(root), "trials": rows, "count": len(rows), "finished": finished}
        print_json(found | {"notes": list(planned.notes)})
        return
    for row in rows:
        seed = "" if row["seed"] is None else f", seed {row['seed']}"
        put(f"{row['state']:<8}  {row['setting']}{seed}  ({row['folder']})")
    trained = [one for one in planned.settings if not one.base]
    put(
        f"{len(rows)} trials in {root}, {finished} of them finished. Settings: {len(trained)}; "
        f"seeds: {len(planned.file.seeds)}; models before training: {len(planned.settings) - len(trained)}."
    )
    for note in planned.notes:
        put(note)


def _show(record: dict[str, Any]) -> None:
    there = {name for one in record["settings"] for name in one["numbers"]}
    measures = MEASURES | {name: words for name, words in OF_SOME_TESTS.items() if name in there}
    rows = []
    for one in record["settings"]:
        shares = (one["numbers"].get(measure, {}) for measure in measures)
        done, all_of = len(one["seeds"]["finished"]), sum(map(len, one["seeds"].values()))
        row = [
            one["name"],
            f"{done}/{all_of}",
            *(" / ".join(_percent(part, key) for key in SLICES) for part in shares),
        ]
        rows.append([*row, _interval(one)])
    sizes = [f"{len(record['slices'][part])} {part}" for part in SLICES]
    print_table(f"Mean over languages: {' / '.join(sizes)}", ["", "seeds", *measures.values(), "score (95 %)"], rows)
    _show_corrected(record, measures)


def _show_corrected(record: dict[str, Any], measures: Mapping[str, str]) -> None:
    """The means that are corrected for the judge's errors, beside the raw ones; nothing without a calibration."""
    found = [
        (one["name"], part, {name: one["numbers"].get(name, {}).get(part, {}).get("mean", {}) for name in measures})
        for one in record["settings"]
        for part in SLICES
    ]
    kept = [name for name in measures if any("corrected" in means[name] for _, _, means in found)]
    rows = [
        [name, part, *(raw_and_corrected(means[one], means[one].get("corrected")) for one in kept)]
        for name, part, means in found
        if any("corrected" in means[one] for one in kept)
    ]
    if rows:
        title = "Mean over languages, raw → corrected for the judge's errors (95 %)"
        print_table(title, ["", "languages", *(measures[name] for name in kept)], rows)
    if line := origin_line(record):
        put(line)


def _percent(part: dict[str, Any], key: str) -> str:
    return percent(part.get(key, {}).get("mean", {}).get("value"))


def _interval(one: dict[str, Any]) -> str:
    return "–" if one["score"] is None else with_interval(one["score"])
