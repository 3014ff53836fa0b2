"""Rates corrected for the judge's errors, next to the raw ones, with what the labels leave open carried along."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from operator import attrgetter
from pathlib import Path
from typing import Any

from ...files import write_json
from ...judges import Verdict
from ...measures import ALL, outcome_table
from ...metrics import Estimate, macro
from ...runs import RESPONSES, Key, KindMetrics, Metrics, Response, first_of_each, read_responses, read_verdicts
from ...runs.calibration import Calibration, Found, JudgeErrors
from ...runs.folder import held
from ...runs.json_file import read_object
from ...runs.judged import METRICS, metrics_path, verdicts_path
from ...validation import checked
from ..protocol.judged_card import calibrated
from ..protocol.made_with import protocol_of
from ..protocol.protocol_files import rewrite_protocol
from .corrected_rates import corrected_by, corrected_mean

Pairs = Sequence[tuple[Response, Verdict]]


def correct_folder(folder: Path, found: Found) -> dict[str, Any]:
    """Adds corrected rates to a folder's numbers, and to what they were made with which calibration that was.

    Args:
        folder: of an evaluation, judged.
        found: the calibration of that judge, of the same version.

    Returns:
        What the judge's file of numbers holds. Without a calibration nothing changes.

    Raises:
        RunError: if the judge's numbers are broken, or another process is at work in the folder.
    """
    if found.calibration is None:
        return read_object(folder / METRICS, "the numbers of an evaluation", "Run isoglot judge")
    judge = found.calibration.judge
    path = metrics_path(folder, judge)
    with held(folder):
        metrics = read_object(path, "a judge's numbers", "Run isoglot judge")
        pairs = _pairs(folder, judge)
        for kind, part in checked(Metrics, metrics, str(path)).kinds.items():
            of_kind = [pair for pair in pairs if (pair[0].kind or "unknown") == kind]
            _add(metrics["kinds"][kind], corrected_kind(kind, part, found.calibration, of_kind))
        protocol = protocol_of(folder)
        said = found.signature(protocol)
        metrics["protocol"] |= said
        write_json(path, metrics)
        if protocol.get("judge") == judge:  # the judge that the folder's numbers are of
            write_json(folder / METRICS, metrics)
            protocol |= said
        rewrite_protocol(folder, calibrated(protocol, judge, said.get("judge_calibration")))
    return metrics


def _pairs(folder: Path, judge: str) -> Pairs:
    """Responses with verdicts, without their texts."""
    verdicts: dict[Key, Verdict] = {}
    for key, verdict in read_verdicts(verdicts_path(folder, judge)):
        verdicts.setdefault(key, verdict.bare())
    responses = first_of_each(read_responses(folder / RESPONSES), attrgetter("key"))
    bare = (Response(one.group, one.language, one.kind, one.pivot, "", "", "", sample=one.sample) for one in responses)
    return [(one, verdicts[one.key]) for one in bare if one.key in verdicts]


def _add(part: dict[str, Any], corrected: tuple[Mapping[str, Mapping[str, Estimate]], Mapping[str, Estimate]]) -> None:
    """Puts the rates into what ``metrics.json`` says of a kind."""
    languages, means = corrected
    for tag, rates in languages.items():
        part["languages"][tag]["corrected"] = {name: rate.as_dict() for name, rate in rates.items()}
    part["overall"]["corrected"] = {name: rate.as_dict() for name, rate in means.items()}


def corrected_kind(
    kind: str, numbers: KindMetrics, calibration: Calibration, pairs: Pairs
) -> tuple[dict[str, dict[str, Estimate]], dict[str, Estimate]]:
    """A kind's rates by language, and their means over languages, corrected.

    Args:
        kind: of the prompts.
        numbers: the raw ones.
        calibration: of the judge.
        pairs: responses to prompts of that kind, with verdicts.

    Returns:
        language -> measure -> rate, for the languages with labels; and measure -> mean over languages, empty unless all
        languages have labels: a mean of some would be another number than the raw one.
    """
    tags = list(numbers.languages)
    errors = {tag: calibration.of(kind, tag) for tag in tags}
    languages = {
        tag: {name: corrected_by(numbers.languages[tag].rate(name), one) for name, one in errors[tag].items()}
        for tag in tags
        if errors[tag]
    }
    names = list(errors[tags[0]]) if tags and all(errors.values()) else []
    means = {
        name: corrected_mean(macro(outcome_table(pairs, ALL[name], tags)), rates(numbers, errors, name, tags))
        for name in names
        if name in ALL
    }
    return languages, means


def rates(
    numbers: KindMetrics, errors: Mapping[str, Mapping[str, JudgeErrors]], name: str, tags: Sequence[str]
) -> list[tuple[Estimate, JudgeErrors]]:
    """A measure's raw rate and the judge's errors, of each language."""
    return [(numbers.languages[tag].rate(name), errors[tag].get(name, JudgeErrors())) for tag in tags]
