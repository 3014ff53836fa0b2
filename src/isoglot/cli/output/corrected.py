"""Corrected rates on the terminal: which calibration is used, and how rates stand beside the raw ones."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from .console import print_table, say
from .shares import ends, percent

if TYPE_CHECKING:
    from ...evaluate.judging.one_judge import Evaluation

CALIBRATION = typer.Option(
    help="A file of isoglot calibrate. Default: below calibrations here, or in the folder of the run or sweep, if any.",
    metavar="FILE",
)
SHOWN = ("safe", "unsafe", "refused", "answered")  # measures whose corrected rates are shown


def corrected(evaluation: Evaluation, given: Path | None) -> Evaluation:
    """The evaluation, its rates corrected if there are labels of this version of its judge.

    Args:
        evaluation: judged, and on disk.
        given: the calibration to take; None: the first that is found.

    Raises:
        MissingFileError, RunError, DataError: for a calibration that is not there, or none.
    """
    from ...evaluate.numbers.corrected import correct_folder
    from ...runs.calibration import find_calibration, folders_of

    said, folder = evaluation.metrics["protocol"], evaluation.folder
    found = find_calibration(str(said["judge"]), str(said["judge_version"]), folders_of(folder), given)
    if found.why_not:
        say(found.why_not)
    return evaluation if found.calibration is None else replace(evaluation, metrics=correct_folder(folder, found))


def check_calibration(given: Path | None) -> None:
    """Reads the calibration that is asked for, before anything is generated or judged.

    Raises:
        MissingFileError, RunError, DataError: for one that is not there, or none.
    """
    from ...runs.calibration import read_calibration

    if given is not None:
        read_calibration(given)


def show_corrected(kind: str, part: Mapping[str, Any], *, without: Collection[str] = ()) -> None:
    """A kind's raw rates and the corrected ones beside them, as a table, for measures that are corrected somewhere.

    Args:
        kind: of the prompts.
        part: its numbers.
        without: measures that say nothing of such prompts.
    """
    languages = part["languages"]
    names = [
        name
        for name in SHOWN
        if name not in without and any(_is_known(_share(one, name)) for one in languages.values())
    ]
    if names:
        rows = [[tag, *(_beside(one, name) for name in names)] for tag, one in languages.items()]
        print_table(f"{kind} prompts, raw → corrected for the judge's errors (95 %)", ["language", *names], rows)


def _beside(language: Mapping[str, Any], name: str) -> str:
    return raw_and_corrected(language[name], _share(language, name))


def raw_and_corrected(raw: Mapping[str, Any], share: Mapping[str, Any] | None) -> str:
    """A raw rate and the corrected one beside it; a dash for one that is not known."""
    return f"{percent(raw.get('value'))} → {_said(share)}"


def mean_line(part: Mapping[str, Any], *, without: Collection[str] = ()) -> str:
    """What is said below the table; empty without corrected means."""
    means = part["overall"].get("corrected", {})
    said = [f"{name} {_said(means[name])}" for name in SHOWN if name not in without and _is_known(means.get(name))]
    return f"\nCorrected for the judge's errors, mean of languages: {'; '.join(said)}" if said else ""


def _share(language: Mapping[str, Any], name: str) -> Mapping[str, Any] | None:
    found: Mapping[str, Any] | None = language.get("corrected", {}).get(name)
    return found


def _is_known(share: Mapping[str, Any] | None) -> bool:
    return share is not None and percent(share["value"]) != "–"


def _said(share: Mapping[str, Any] | None) -> str:
    if share is None or not _is_known(share):
        return "–"
    from ...metrics.corrected import says_nothing

    value = "not known" if says_nothing(share["low"], share["high"]) else percent(share["value"])
    return f"{value} ({ends(share)})"


def corrected_line(metrics: Mapping[str, Any]) -> str:
    """Which labels an evaluation's rates are corrected by, or that these can correct none; empty without labels."""
    line = origin_line(metrics.get("protocol", {}))
    languages = [one for part in metrics["kinds"].values() for one in part["languages"].values()]
    if not line or any(_is_known(_share(one, name)) for one in languages for name in SHOWN):
        return line
    file = metrics["protocol"]["judge_calibration"]["file"]
    return f"Not corrected: {file} does not show how often the judge is right on such responses.\n"


def origin_line(protocol: Mapping[str, Any]) -> str:
    """Which labels the rates are corrected by, and of whose responses they are; empty without corrected rates."""
    from ...runs.calibration import OWN_LABELS, labels_in_words

    found = protocol.get("judge_calibration")
    if not found:
        return ""
    more = f" {OWN_LABELS}" if found.get("another_model") else ""
    return f"Corrected by {found['file']}: {labels_in_words(found)}.{more}\n"
