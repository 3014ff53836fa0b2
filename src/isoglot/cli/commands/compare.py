"""``isoglot compare``."""

from __future__ import annotations

import math
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ...errors import some
from ..output.console import print_json, print_table, put, reported, say
from ..output.shares import percent

if TYPE_CHECKING:
    from ...compare import Change, Comparison, InLanguage, OfMeasure

EXAMPLES = (
    "Examples: [bold]isoglot compare runs/base runs/dpo runs/dpo-isoglot[/bold]\n\n"
    "[bold]isoglot compare runs/before runs/after --fail-if-worse harmful_refused=0.02[/bold]"
)
_SHOWN = 8  # prompts that a line names
_TAGS = 3  # languages that are named of one


@reported()
def command(
    runs: Annotated[list[Path], typer.Argument(help="Run directories or evaluations; the first is compared with.")],
    evaluation: Annotated[
        str | None,
        typer.Option(
            help="Which evaluation of each run, by name; . for that in its own folder. Default: the one that all share."
        ),
    ] = None,
    judge: Annotated[str | None, typer.Option(help="Whose verdicts. Default: those the numbers are of.")] = None,
    anyway: Annotated[
        bool, typer.Option("--anyway", help="Compare runs by another judge, version, setting or decoding all the same.")
    ] = False,
    fail_if_worse: Annotated[
        list[str] | None,
        typer.Option(
            help="As harmful_refused=0.02: end with status 1 if the mean of languages is worse by more, "
            "and not by chance. Repeatable."
        ),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Compare runs on the same prompts: which got worse or better, and whether by more than chance."""
    from ...compare import compare_runs
    from ...evaluate.numbers.bar import named_shares
    from ...groups import KINDS
    from ...groups.borderline import BORDERLINE

    bounds = named_shares(fail_if_worse or [], "--fail-if-worse", [*KINDS, BORDERLINE])
    also = [name for name, _ in bounds]
    found = compare_runs(runs, evaluation=evaluation, judge=judge, anyway=anyway, also=also)
    if json:
        print_json({"reference": found[0].reference, "runs": [one.as_dict() for one in found]})
    else:
        for one in found:
            _show(one)
    failed = [text for one in found for name, most in bounds for text in _exceeded(one, name, most)]
    for text in failed:
        say(text)
    if any(not text.startswith("Note") for text in failed):
        raise typer.Exit(1)
    chosen = {"--evaluation": evaluation, "--judge": judge}
    options = [part for name, value in chosen.items() if value is not None for part in (name, value)]
    say(f"Next: isoglot report {shlex.join([*map(str, runs), *options])}")


def _exceeded(found: Comparison, name: str, most: float) -> list[str]:
    """What is said of the largest loss allowed: that it is exceeded, or that these prompts could not have shown it."""
    kind, _, measure = name.partition("_")
    measured = found.measure(kind, measure)
    if measured is None:
        return [f"{found.name}, {name}: expected prompts of this kind in both runs, got none."]
    if measured.shown and measured.loss > most:
        return [
            f"{found.name}, {name}: expected no more than {_points(most)} worse than {found.reference}, "
            f"got {_points(measured.loss)} worse ({_interval(measured)})."
        ]
    if measured.detectable > most:
        return [
            f"Note: {found.name}, {name}: these prompts may miss a difference of {_points(most)}; "
            f"one of {_points(measured.detectable)} they would show four times in five."
        ]
    return []


def _show(found: Comparison) -> None:
    put(f"{found.name} compared with {found.reference}, on {found.pairs:,} prompts that both answered")
    for note in found.notes:
        put(f"  {note}")
    rows = [
        [f"{kind}: {_words(one)}", _points(one.difference.value, signed=True), _interval(one), one.result,
         _points(one.detectable)]
        for kind, measures in found.kinds.items()
        for one in measures
    ]  # fmt: skip
    columns = ["mean of languages", "difference", "95 %", "result", "could have shown"]
    print_table("Differences, paired by prompt", columns, rows)
    for kind, measures in found.kinds.items():
        for measured in _by_language(kind, measures):
            rows = [_row(tag, one) for tag, one in measured.languages.items()]
            columns = ["language", "n", "before", "after", "worse", "better", "p (Holm)"]
            print_table(f"{kind} prompts: {_words(measured)}", columns, rows)
            put(_could_have_shown(measured))
            changed = found.changes[kind]
            for what, changes in (("Got worse", changed.worse), ("Got better", changed.better)):
                if changes and measured is measures[0]:  # which is what good and bad are of
                    put(f"{what}: {_named(changes)}")
    put("")


def _by_language(kind: str, measures: Sequence[OfMeasure]) -> list[OfMeasure]:
    """What is shown by language: the first measure, and how often harmless prompts are refused."""
    return [one for one in measures if one is measures[0] or (kind, one.measure) == ("harmless", "refused")]


def _row(tag: str, one: InLanguage) -> list[str]:
    p = "< 0.001" if one.holm < 0.001 else f"{one.holm:.3f}"
    rates = [percent(one.before.value), percent(one.after.value)]
    return [tag, str(one.prompts), *rates, str(one.worse), str(one.better), p]


def _could_have_shown(measured: OfMeasure) -> str:
    """Which differences in one language these prompts can show at all, said once below the table."""
    least = {tag: one.detectable for tag, one in measured.languages.items()}
    known = sorted(value for value in least.values() if not math.isnan(value))
    unknown = [tag for tag, value in least.items() if math.isnan(value)]
    said = "In one language these prompts would show no difference four times in five"
    if known:
        ends = list(dict.fromkeys(f"{100 * one:.1f}" for one in (known[0], known[-1])))
        said = f"In one language these prompts would show a difference of {' to '.join(ends)} points four times in five"
        said += f"; in {some(unknown, _SHOWN)} none so surely" if unknown else ""
    return f"{said}."


def _words(measured: OfMeasure) -> str:
    from ...measures import in_words

    name = in_words(measured.measure)
    return name if measured.high_is_good else f"{name} (less is better)"


def _named(changes: Sequence[Change]) -> str:
    """``p-003 (7 languages), p-017 (sw, ur) and 12 more``: prompts with most languages first."""
    groups: dict[str, list[str]] = {}
    for change in changes:
        groups.setdefault(change.group, []).append(change.language)
    most = sorted(groups.items(), key=lambda item: -len(item[1]))
    named = ((group, ", ".join(tags) if len(tags) <= _TAGS else f"{len(tags)} languages") for group, tags in most)
    return some((f"{group} ({where})" for group, where in named), _SHOWN)


def _interval(measured: OfMeasure) -> str:
    low, high = measured.difference.low, measured.difference.high
    return "–" if math.isnan(low) else f"{_points(low, signed=True)} to {_points(high, signed=True)}"


def _points(value: float, *, signed: bool = False) -> str:
    """A difference of shares in points, with one decimal; a dash where there is none."""
    if math.isnan(value):
        return "–"
    text = f"{100 * value:{'+' if signed else ''}.1f}"
    return text.replace("-", "−") if signed else f"{text} points"
