"""What a sweep found, from its trials on disk."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..amounts import is_number
from ..metrics.seeds import DRAWS
from ..runs.calibration import Found
from ..settings.dotted import ABSENT
from .choice import Candidate, Choice, choose
from .numbers import Numbers, count
from .plan import Plan, Planned
from .values import effective, plain


@dataclass(frozen=True)
class Counted:
    """A setting with what its trials gave.

    Attributes:
        planned: the setting.
        records: seed -> ``trial.json``, of the trials that are finished.
        failures: seed -> reason.
        numbers: None if no trial is finished.
    """

    planned: Planned
    records: Mapping[int, Mapping[str, Any]]
    failures: Mapping[int, str]
    numbers: Numbers | None

    @property
    def complete(self) -> bool:
        """Whether every seed's trial is finished."""
        return len(self.records) == len(self.planned.trials)

    @property
    def missing(self) -> list[int]:
        """Seeds that have neither finished nor failed."""
        return [seed for seed in self.planned.trials if seed not in self.records and seed not in self.failures]


@dataclass(frozen=True)
class SweepResult:
    """What a sweep ends with.

    Attributes:
        plan: what was asked for.
        settings: base models first.
        axes: dotted path -> its values as they vary, in the order of the picture.
        choice: which to take.
        calibration: of the judge, which corrects rates; or why there is none.
    """

    plan: Plan
    settings: list[Counted]
    axes: Mapping[str, list[Any]]
    choice: Choice
    calibration: Found = field(default_factory=Found)

    @property
    def failures(self) -> dict[str, str]:
        """Label of the trial -> reason, each trial once."""
        found: dict[str, str] = {}
        for one in self.settings:
            found |= {one.planned.trials[seed].label: reason for seed, reason in one.failures.items()}
        return found


def collect(plan: Plan, *, draws: int = DRAWS, calibration: Found | None = None) -> SweepResult:
    """Reads all trials and counts.

    Args:
        plan: of :func:`isoglot.sweep.plan`.
        draws: of the bootstrap.
        calibration: of the judge; None: rates are not corrected.
    """
    settings = [_counted(planned, plan, draws) for planned in plan.settings]
    trained = [one for one in settings if not one.planned.base]
    # Base models are compared with on the seeds of the settings: what is drawn for these is drawn for them.
    before = [
        Candidate.of(one.planned.name, count(one.records, plan.slices, draws=draws))
        for one in settings
        if one.planned.base and one.complete
    ]
    choice = choose(_candidates(trained), plan.file.choose, [one for one in before if one is not None])
    varying = axes([one.planned for one in trained])
    return SweepResult(plan, settings, varying, choice, calibration or Found())


def _candidates(settings: list[Counted]) -> list[Candidate]:
    """Those of which every trial is finished."""
    complete = [(one.planned.name, one.numbers) for one in settings if one.complete and one.numbers]
    found = [Candidate.of(name, numbers) for name, numbers in complete]
    return [candidate for candidate in found if candidate is not None]


def _counted(planned: Planned, plan: Plan, draws: int) -> Counted:
    found = {seed: trial.result() for seed, trial in planned.trials.items()}
    records = {seed: record for seed, record in found.items() if record is not None}
    reasons = {seed: trial.failure() for seed, trial in planned.trials.items() if seed not in records}
    failures = {seed: reason for seed, reason in reasons.items() if reason is not None}
    # A base model tested once for all seeds is one piece of evidence, however many seeds there are.
    apart = {str(planned.trials[seed].folder): (seed, record) for seed, record in records.items()}
    numbers = count(dict(apart.values()), plan.slices, draws=draws) if records else None
    return Counted(planned, records, failures, numbers)


def axes(settings: list[Planned]) -> dict[str, list[Any]]:
    """Dotted paths in which settings differ, with their values, defaults among them; whole sections are none."""
    paths = dict.fromkeys(path for one in settings for path in one.changes)
    found: dict[str, dict[str, Any]] = {path: {} for path in paths}
    for path, values in found.items():
        for value in (effective(one.run, path) for one in settings):
            if value is not ABSENT:  # a setting without the section stands on no place of the axis
                values[plain(value)] = value
    ordered = {path: list(values.values()) for path, values in found.items() if len(values) > 1}
    kept = {
        path: values
        for path, values in ordered.items()
        if not any(isinstance(value, Mapping) for value in values) and not any(p.startswith(f"{path}.") for p in found)
    }
    return {path: _in_order(values) for path, values in kept.items()}


def _in_order(values: list[Any]) -> list[Any]:
    """Numbers by size; anything else as it came."""
    return sorted(values) if all(map(is_number, values)) else values


def positions(varying: Mapping[str, Any], planned: Planned) -> list[tuple[str, Any]]:
    """Where a setting stands on each axis."""
    return [(path, effective(planned.run, path)) for path in varying]
