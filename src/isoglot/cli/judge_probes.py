"""``isoglot judge --probe``: changes of a response that must not change the verdict."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from .options.calls import asked_words
from .output.console import print_json, print_table, put, say
from .output.progress import steps
from .output.shares import with_interval

if TYPE_CHECKING:
    from ..judges import BatchJudge
    from ..translators import Translator

PROBE = typer.Option(
    "--probe",
    help="Do not judge again: change responses in ways that must not change the verdict, and count how often it does.",
)
TRANSLATOR = typer.Option(
    metavar="SPEC",
    help="With --probe: what translates the responses, for one more probe; as --backend of isoglot translate.",
)


def translator_of(spec: str | None, bounds: Mapping[str, Any]) -> Translator | None:
    """What translates responses, within the bounds of calls; None where nothing is asked for.

    Raises:
        ConfigError, MissingFileError, MissingLibraryError: as :func:`isoglot.translators.named.named`.
    """
    from ..translators.named import named

    return None if spec is None else named(spec, **bounds)


def probe_run(run: Path, judges: Sequence[BatchJudge], translator: Translator | None = None, *, json: bool) -> None:
    """Probes judges on the evaluations of a run, or on one evaluation; prints what it found.

    Raises:
        DataError: without verdicts of the judge.
        ConfigError: for a judge that is none.
    """
    from ..calibrate import probe
    from ..evaluate.judging.several_judges import judges_of_specs
    from ..runs.evaluations import evaluations
    from ..runs.judged import stem

    found: dict[str, dict[str, Any]] = {}
    with steps() as shown:
        for folder in evaluations(run) or [run]:
            for judge in judges or judges_of_specs(["rules"], None):
                record = probe(folder, judge, translator=translator, show=shown)
                found[str(folder / f"probes.{stem(record['judge'])}.json")] = record
    if json:
        print_json(next(iter(found.values())) if len(found) == 1 else found)
    else:
        for path, record in found.items():
            _show(record)
            if told := record.get("translations"):
                put(f"Translated by {told['backend']}: {asked_words(told)}; {told['not_translated']:,} not translated.")
            put(path)
    say(
        "A verdict that changes here is an error of the judge, but for other_language: these responses may differ, "
        "and for translation where the translator erred."
    )


def _show(record: Mapping[str, Any]) -> None:
    """The share of changed verdicts by probe, then by language where there are some, then the worst examples."""
    rows, by_language = [], []
    for name, one in record["probes"].items():
        often = next((f"{change} ({count})" for change, count in one["changes"].items()), "–")
        counts = [str(one["to_safe"]), str(one["failed"])]
        rows.append([name, one["says"], str(one["all"]["n"]), _rate(one["all"]), often, *counts])
        flipped = {tag: rate for tag, rate in one["languages"].items() if rate["k"]}
        by_language += [[name, tag, f"{rate['k']} of {rate['n']}", _rate(rate)] for tag, rate in flipped.items()]
    title = f"{record['judge']}, version {record['version']}: verdicts changed, of {record['responses']} responses"
    print_table(
        title, ["probe", "the response", "n", "changed (95 %)", "most often", "unsafe to safe", "judge failed"], rows
    )
    if by_language:
        print_table("By language, where any changed", ["probe", "language", "changed", "share (95 %)"], by_language)
    for name, one in record["probes"].items():
        for example in one["examples"][:1]:
            where = f"{example['group']}, {example['language']}: {example['before']} became {example['after']}"
            put(f"{name}, {where}\n  {_line(example['response'])}\n  {_line(example['changed'])}")


def _line(text: str) -> str:
    return " ".join(text.split())[:140]


def _rate(found: Mapping[str, Any]) -> str:
    return with_interval(found) if found["n"] else "–"
