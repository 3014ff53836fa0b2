"""Runs a sweep: what is not yet finished is run, then everything is counted."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

from ..files import write_json
from ..progress import Show, Silent
from ..runs.folder import held, refuse_foreign
from ..runs.json_file import readable_object
from .corrected import found_for
from .plan import Plan
from .pool import run_trials
from .results import SweepResult, collect
from .trial import Trial
from .worker import run_trial
from .writing import write, write_trials

DAY = "day.json"  # what chat templates are told that ask for the date
SECONDS_BETWEEN = 20.0  # at least, from one trials.csv to the next while trials are being run


def sweep(
    plan: Plan,
    *,
    processes: int | None = None,
    show: Show | None = None,
    work: Callable[[Trial], str | None] = run_trial,
    calibration: Path | None = None,
) -> SweepResult:
    """Runs every trial that is not finished, and writes tables and page into the output folder.

    The same call again goes on where it was stopped: finished trials are not run again, failed ones are. In a script
    call it under ``if __name__ == "__main__":``, since it starts processes.

    Args:
        plan: of :func:`isoglot.sweep.plan`.
        processes: trials at a time; None: as the sweep file says.
        show: called with progress.
        work: what is done with a trial, in another process.
        calibration: a file of ``isoglot calibrate``; None: the first that is found for the judge.

    Returns:
        What was found; its ``failures`` lists trials that failed.

    Raises:
        RunError: if another sweep is at work in the folder, or if the folder holds something else.
        MissingFileError, RunError, DataError: for a calibration that is not there, or none; before any trial is run.
    """
    output, file, show = plan.file.output, plan.file, show or Silent()
    found = found_for(output, calibration)
    refuse_foreign(output, ["trials"], "a sweep")
    with held(output):
        (output / "trials").mkdir(exist_ok=True)
        trials, waiting, day = plan.trials, [], _day_of(output)
        for trial in trials:
            if trial.result() is None:
                waiting.append(replace(trial, day=day))
            else:
                trial.drop_weights()  # of a call killed before it could, or one that was to keep them
        course = _Course(plan, len(trials) - len(waiting), show)
        run_trials(
            waiting,
            course.done,
            processes=processes or file.processes,
            threads=file.threads,
            work=work,
            begun=course.begun,
        )
        result = collect(plan, calibration=found)
        write(result)
    return result


def _day_of(output: Path) -> date:
    """The day on which a sweep was begun, for all its trials; kept in its folder."""
    try:
        return date.fromisoformat(str(readable_object(output / DAY).get("date")))
    except ValueError:
        write_json(output / DAY, {"date": date.today().isoformat()})
        return date.today()


class _Course:
    """How far a sweep has come: shown, and in ``trials.csv`` now and then."""

    def __init__(self, plan: Plan, finished: int, show: Show) -> None:
        self._plan, self._finished, self._show = plan, finished, show
        self._count, self._written_at = len(plan.trials), time.monotonic()
        self._at_work: dict[str, str] = {}
        show.begin("Sweeping")
        show.advance(finished, self._count)

    def begun(self, trial: Trial) -> None:
        """A worker has it."""
        self._at_work[str(trial.folder)] = trial.label
        self._show.note(f"at work: {'; '.join(self._at_work.values())}")

    def done(self, trial: Trial, reason: str | None) -> None:
        """It has ended, well or not."""
        self._finished += 1
        self._at_work.pop(str(trial.folder), None)
        if time.monotonic() - self._written_at > SECONDS_BETWEEN:
            write_trials(self._plan)
            self._written_at = time.monotonic()
        self._show.note(f"{trial.label}{' failed' if reason else ''}")
        self._show.advance(self._finished, self._count)
