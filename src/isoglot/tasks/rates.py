"""Our rates and intervals as a metric of inspect_ai, whose own are too narrow near 0 and 1 and for few prompts."""

from __future__ import annotations

import math
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from inspect_ai.scorer import Metric, SampleScore, Value, metric

from ..escaping import visible
from ..evaluate.numbers.corrected_rates import corrected_by, corrected_mean
from ..metrics import Estimate, macro, wilson
from ..metrics.corrected import says_nothing
from ..runs.calibration import JudgeErrors, find_calibration

MEAN = "mean of languages"
CORRECTED = "corrected"  # after the name of what is
Rates = Mapping[str, Estimate]


@metric
def rates(calibration: str = "") -> Metric:
    """By language, and the mean of languages: rate, and where its 95 % interval begins and ends.

    One language has Wilson's interval, or where samples have several epochs one over prompts. That of the mean
    resamples prompts, each in all its languages. With a calibration the same follows corrected for the judge's errors,
    as far as labels tell: of the mean where all languages have labels. Where nothing is known of a corrected rate there
    are only the ends of its interval.

    Args:
        calibration: a file of ``isoglot calibrate``; one of another judge, or version of it, corrects nothing.
    """

    def computed(scores: list[SampleScore]) -> Value:
        table = _table(scores)
        found = {tag: _of_language(column) for tag, column in table.items()}
        mean = macro(np.column_stack(list(table.values()))) if table else wilson(0, 0)
        better = _corrected(scores, found, mean, calibration) if calibration and table else {}
        named = [_named(tag, one) for tag, one in (found | {MEAN: mean}).items()]
        named += [_named(f"{tag} {CORRECTED}", one) for tag, one in better.items()]
        return {name: value for one in named for name, value in one.items()}

    return computed


def _corrected(scores: Sequence[SampleScore], found: Rates, mean: Estimate, calibration: str) -> Rates:
    """The rates that labels tell the judge's errors of; none where scores are of several judges, measures or kinds."""
    said = {_about(one) for one in scores}
    if len(said) != 1:
        return {}
    judge, version, measure, kind = said.pop()
    file = find_calibration(judge, version, (), Path(calibration))
    if file.calibration is None:
        warnings.warn(visible(file.why_not), stacklevel=2)
        return {}
    labelled = {tag: file.calibration.of(kind, tag).get(measure, JudgeErrors()) for tag in found}
    of_all = corrected_mean(mean, [(found[tag], errors) for tag, errors in labelled.items()])
    better = {tag: corrected_by(found[tag], errors) for tag, errors in labelled.items()} | {MEAN: of_all}
    return {tag: one for tag, one in better.items() if not math.isnan(one.value)}


def _about(one: SampleScore) -> tuple[str, str, str, str]:
    """Judge, its version, measure, and kind of prompt."""
    said = one.score.metadata or {}
    kind = (one.sample_metadata or {}).get("kind") or "unknown"
    return str(said.get("judge")), str(said.get("judge_version")), str(said.get("measure")), str(kind)


def _table(scores: Sequence[SampleScore]) -> Mapping[str, np.ndarray]:
    """Language -> (prompts,): scores, NaN where there is none."""
    cells = {}
    for one in scores:
        said = one.sample_metadata or {}
        cells[str(said.get("group")), str(said.get("language"))] = one.score.as_float()
    groups, tags = (list(dict.fromkeys(cell[side] for cell in cells)) for side in (0, 1))
    return {tag: np.array([cells.get((group, tag), np.nan) for group in groups]) for tag in tags}


def _of_language(column: np.ndarray) -> Estimate:
    known = column[~np.isnan(column)]
    if np.isin(known, (0, 1)).all():
        return wilson(int(known.sum()), len(known))
    return macro(known[:, None])


def _named(tag: str, found: Estimate) -> dict[str, float]:
    ends = {f"{tag} low": found.low, f"{tag} high": found.high}
    return ends if tag.endswith(CORRECTED) and says_nothing(found.low, found.high) else {tag: found.value} | ends
