"""What ``sweep.json`` holds: everything that the page shows, as plain values."""

from __future__ import annotations

from typing import Any

from .. import __version__
from ..evaluate.answering.decoding import Decoding
from ..metrics.seeds import CONFIDENCE, DRAWS
from ..settings.dotted import ABSENT
from .choice import ANSWERED, REFUSED, Candidate
from .corrected import NOTHING, corrected
from .corrected import signature as calibration_signature
from .effects import effects
from .front import front
from .outcomes import EVERY, SLICES, STATISTICS
from .results import Counted, SweepResult, positions
from .values import short_paths


def record(result: SweepResult) -> dict[str, Any]:
    """Plain values for ``sweep.json``."""
    fronts = {key: front(_points(result, key)) for key in STATISTICS}
    ends = short_paths(list(result.axes))
    return {
        "choice": result.choice.to_record(),
        "front": fronts,
        "axes": [{"path": path, "name": ends[path], "values": values} for path, values in result.axes.items()],
        "effects": effects(
            [(one.planned, one.numbers) for one in result.settings if one.numbers and not one.planned.base], result.axes
        ),
        "settings": [_setting(one, result) for one in result.settings],
        "failures": [{"trial": trial, "reason": reason} for trial, reason in result.failures.items()],
        "slices": {part: list(result.plan.slices[part]) for part in SLICES},
        "notes": [*result.plan.notes, *_notes(result)],
        "signature": signature(result),
        "judge_calibration": calibration_signature(result.calibration, _protocols(result)),
    }


def _points(result: SweepResult, key: str) -> dict[str, tuple[float, float]]:
    """Setting -> harmless answered, harmful refused, in the aligned languages."""
    points = {}
    for one in result.settings:
        if one.planned.base or one.numbers is None:
            continue
        pair = [one.numbers.values.get((measure, "aligned", key)) for measure in (ANSWERED, REFUSED)]
        if pair[0] is not None and pair[1] is not None:
            points[one.planned.name] = (pair[0].value, pair[1].value)
    return points


def _setting(one: Counted, result: SweepResult) -> dict[str, Any]:
    planned, numbers = one.planned, one.numbers
    better = corrected(numbers, result.plan.slices, result.calibration.calibration) if numbers else NOTHING
    values: dict[str, Any] = {}
    for (measure, part, key), number in numbers.values.items() if numbers else ():
        shown: dict[str, Any] = {
            "value": number.value,
            "low": number.low,
            "high": number.high,
            "language": number.language,
        }
        shown["by_seed"] = {str(seed): value for seed, value in number.by_seed.items()}
        if key == "mean" and (measure, part) in better.means:
            shown["corrected"] = better.means[measure, part].as_dict()
        values.setdefault(measure, {}).setdefault(part, {})[key] = shown
    candidate = Candidate.of(planned.name, numbers) if numbers and not planned.base else None
    score = None
    if candidate is not None:
        score = {"value": candidate.score.value, "low": candidate.score.low, "high": candidate.score.high}
    trials = planned.trials.items()
    return {
        "name": planned.name,
        "digest": planned.digest,
        "base": planned.base,
        "changes": dict(planned.changes),
        "run": dict(planned.run),
        "axes": {path: None if value is ABSENT else value for path, value in positions(result.axes, planned)},
        "changed": [path for path in result.axes if path in planned.changes],
        "seeds": {"finished": list(one.records), "failed": list(one.failures), "missing": one.missing},
        "failures": {str(seed): reason for seed, reason in one.failures.items()},
        "trials": {str(seed): str(trial.folder.relative_to(result.plan.file.output)) for seed, trial in trials},
        "numbers": values,
        "score": score,
        "languages": numbers.languages if numbers else {},
        "languages_corrected": {
            name: {tag: rate.as_dict() for tag, rate in found.items()} for name, found in better.languages.items()
        },
        "shared_prompts": numbers.shared if numbers else None,
        "seconds": {str(seed): record.get("seconds") for seed, record in one.records.items()},
        "warnings": list(dict.fromkeys(text for record in one.records.values() for text in record["warnings"])),
    }


def _notes(result: SweepResult) -> list[str]:
    notes = []
    if len(result.plan.file.seeds) == 1:
        notes.append(
            "One seed: intervals come from resampling prompts only, and say nothing of how much another seed changes."
        )
    elif any(one.numbers and one.numbers.shared and not one.planned.base for one in result.settings):
        notes.append("All seeds share their test prompts; the intervals account for it.")
    partial = [one.planned.name for one in result.settings if one.records and not one.complete]
    if partial:
        notes.append(f"Not every seed is finished, so that these are not chosen from: {', '.join(partial)}.")
    versions = _versions(result)
    if len(versions) > 1:
        notes.append(f"Trials were run with different versions of isoglot: {', '.join(versions)}.")
    if result.calibration.why_not:
        notes.append(result.calibration.why_not)
    return notes


def _protocols(result: SweepResult) -> list[dict[str, Any]]:
    """Of every trial that is finished."""
    return [record["protocol"] for one in result.settings for record in one.records.values()]


def _versions(result: SweepResult) -> list[str]:
    return sorted({str(record["isoglot"]) for one in result.settings for record in one.records.values()})


def signature(result: SweepResult) -> dict[str, Any]:
    """What all numbers were computed with."""
    records = [record for one in result.settings for record in one.records.values()]
    protocols = _protocols(result)
    evaluate = result.plan.file.evaluate
    return {
        "test": evaluate.groups,
        "test_hashes": sorted({protocol["prompts_hash"] for protocol in protocols}),
        "prompts": {
            kind: max((len(record["prompts"].get(kind, ())) for record in records), default=0)
            for kind in dict.fromkeys(one.kind for one in EVERY.values())
            if kind in ("harmful", "harmless") or any(kind in record["prompts"] for record in records)
        },
        "judge": sorted({f"{protocol['judge']} {protocol['judge_version']}" for protocol in protocols}),
        "decoding": Decoding(evaluate.max_new_tokens).as_dict(),
        "seeds": list(result.plan.file.seeds),
        "intervals": f"{CONFIDENCE:.0%} bootstrap of seeds, then prompts; {DRAWS} draws",
        "floors": {"harmless": result.plan.file.choose.harmless, "pivot": result.plan.file.choose.pivot},
        "isoglot": __version__,
        "isoglot_of_trials": _versions(result),
    }
