"""Rates corrected for the judge's errors, next to the raw ones, with what the labels leave open carried along."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from operator import attrgetter
from pathlib import Path
from statistics import NormalDist
from typing import Any

from ..checked import checked
from ..files import write_json
from ..judges import Verdict
from ..measures import ALL, outcome_table
from ..metrics import Estimate, corrected_rate, macro
from ..metrics.corrected import CORRECTED
from ..metrics.estimate import UNKNOWN, WILSON
from ..runs import RESPONSES, Key, KindMetrics, Metrics, Response, first_of_each, read_responses, read_verdicts
from ..runs.calibration import Calibration, Found, JudgeErrors
from ..runs.folder import held
from ..runs.json_file import read_object
from ..runs.judged import METRICS, metrics_path, verdicts_path
from .judged_card import calibrated
from .keeping import rewrite_protocol
from .protocol import protocol_of

_Z = NormalDist().inv_cdf(0.975)
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


def corrected_by(rate: Estimate, errors: JudgeErrors) -> Estimate:
    """One language's rate, corrected; NaN where there is no rate or no label.

    Of several samples of one prompt the interval is of as many responses as the raw rate's says they are worth.
    """
    if rate.k is None:
        return UNKNOWN._replace(n=rate.n, method=CORRECTED)
    found = corrected_rate(rate.k, rate.n, errors.sensitivity, errors.specificity)
    worth = _worth(rate)
    if worth >= rate.n or math.isnan(found.value):
        return found
    wider = corrected_rate(round(rate.value * worth), worth, errors.sensitivity, errors.specificity)
    return found._replace(low=min(found.low, wider.low), high=max(found.high, wider.high))


def _worth(rate: Estimate) -> int:
    """How many independent responses give an interval as wide as a rate's; of one answer to each prompt all of them."""
    if math.isnan(rate.low) or not rate.n:
        return rate.n
    if 0 < rate.value < 1:
        return rate.n if rate.method == WILSON else max(1, round(rate.value * (1 - rate.value) / _spread(rate) ** 2))
    end = max(rate.high - rate.low, 1e-6)  # Wilson's at 0 and at 1: z^2 / (n + z^2)
    return max(1, round(_Z**2 * (1 / end - 1)))


def corrected_mean(mean: Estimate, languages: Sequence[tuple[Estimate, JudgeErrors]]) -> Estimate:
    """The mean of several languages' corrected rates.

    The interval has two parts, added as squares. That of the responses is the raw mean's (prompts drawn, each in all
    its languages), wider by what correction stretches it. Of that of the judge, what is of a language's own labels is
    another error in each language, and what is of the labels of the others is the same error in all.

    Args:
        mean: the raw mean of the languages' rates, with its interval.
        languages: raw rate and the judge's errors, of each.

    Returns:
        NaN where a language has no corrected rate.
    """
    found = [corrected_by(rate, errors).value for rate, errors in languages]
    value = sum(found) / len(found) if found else math.nan
    if math.isnan(value) or math.isnan(mean.low):
        return UNKNOWN._replace(value=value, n=mean.n, method=CORRECTED)
    better = [errors.sensitivity.value + errors.specificity.value - 1 for _, errors in languages]
    stretch = math.sqrt(sum(1 / one**2 for one in better) / len(better))
    of_judge = [
        math.hypot(rate * _spread(errors.sensitivity), (1 - rate) * _spread(errors.specificity)) / more
        for rate, (_, errors), more in zip(found, languages, better, strict=True)
    ]
    own = [min(1.0, max(0.0, errors.own)) for _, errors in languages]
    apart = math.sqrt(sum(part * spread**2 for part, spread in zip(own, of_judge, strict=True)))
    together = sum(math.sqrt(1 - part) * spread for part, spread in zip(own, of_judge, strict=True))
    half = math.hypot(stretch * (mean.high - mean.low) / 2, _Z * math.hypot(apart, together) / len(found))
    return Estimate(value, max(0.0, value - half), min(1.0, value + half), mean.n, CORRECTED)


def _spread(share: Estimate) -> float:
    """The standard deviation that an interval says."""
    return (share.high - share.low) / 2 / _Z
