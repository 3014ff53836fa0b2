"""A setting's rates corrected for the judge's errors, beside the raw ones: as those of an evaluation are."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from ..evaluate.numbers.corrected_rates import corrected_by, corrected_mean
from ..metrics import Estimate
from ..metrics.estimate import BOOTSTRAP
from ..runs.calibration import FOLDER, Calibration, Found, JudgeErrors, find_calibration
from .numbers import Number, Numbers
from .outcomes import EVERY, judged_by


class Corrected(NamedTuple):
    """What a calibration makes of a setting's numbers; what it says nothing of is left out.

    Attributes:
        means: (measure, slice) -> the mean over the slice's languages, where all of them have labels.
        languages: measure -> language -> rate, averaged over seeds.
    """

    means: Mapping[tuple[str, str], Estimate]
    languages: Mapping[str, Mapping[str, Estimate]]


NOTHING = Corrected({}, {})


def found_for(output: Path, given: Path | None) -> Found:
    """The calibration of a sweep's judge.

    Args:
        output: the sweep's folder.
        given: the file to take; None: the first below the working directory, or in the sweep's folder.

    Raises:
        MissingFileError, RunError, DataError: for one that is not there, or none.
    """
    judge = judged_by()
    return find_calibration(judge["name"], judge["version"], [Path(FOLDER), output], given)


def corrected(numbers: Numbers, slices: Mapping[str, Sequence[str]], calibration: Calibration | None) -> Corrected:
    """A setting's corrected rates.

    Args:
        numbers: the raw ones.
        slices: slice -> languages.
        calibration: of the judge; None: nothing is corrected.
    """
    if calibration is None:
        return NOTHING
    languages: dict[str, dict[str, Estimate]] = {}
    means: dict[tuple[str, str], Estimate] = {}
    for name, rates in numbers.rates.items():
        kind, measure = EVERY[name].kind, EVERY[name].holds.name
        errors = {tag: calibration.of(kind, tag).get(measure, JudgeErrors()) for tag in rates}
        found = {tag: corrected_by(rate, errors[tag]) for tag, rate in rates.items()}
        if known := {tag: one for tag, one in found.items() if not math.isnan(one.value)}:
            languages[name] = known
        for part, tags in slices.items():
            raw = numbers.values.get((name, part, "mean"))
            if raw is not None and tags and all(tag in known for tag in tags):
                asked = numbers.prompts[kind]
                means[name, part] = corrected_mean(_estimate(raw, asked), [(rates[tag], errors[tag]) for tag in tags])
    return Corrected(means, languages)


def signature(found: Found, protocols: Sequence[Mapping[str, Any]]) -> dict[str, Any] | None:
    """What the rates are corrected by, as a protocol has it; None where nothing is corrected.

    Args:
        found: the calibration.
        protocols: of the trials: labels are of another model if they are so for any of them.
    """
    said = [found.signature(protocol).get("judge_calibration", {}) for protocol in protocols]
    if not said or not said[0]:
        return None
    others = [one["another_model"] for one in said if "another_model" in one]
    whole: dict[str, Any] = {name: value for name, value in said[0].items() if name != "another_model"}
    return whole | ({"another_model": any(others)} if others else {})


def _estimate(number: Number, prompts: int) -> Estimate:
    return Estimate(number.value, number.low, number.high, prompts, BOOTSTRAP)
