"""Writes what a sweep found: two tables, one JSON and the page that is made from it."""

from __future__ import annotations

from ..files import write_json, write_text
from .page import render
from .plan import Plan
from .record import record
from .results import SweepResult, collect
from .tables import settings_table, trials_table

TRIALS, SETTINGS, SUMMARY, PAGE = "trials.csv", "settings.csv", "sweep.json", "sweep.html"


def write(result: SweepResult) -> None:
    """Writes the tables, ``sweep.json`` and the page."""
    output, found = result.plan.file.output, record(result)
    write_text(output / TRIALS, trials_table(result.settings, result.axes))
    write_text(output / SETTINGS, settings_table(result))
    write_json(output / SUMMARY, found)
    write_text(output / PAGE, render(found))


def write_trials(plan: Plan) -> None:
    """Writes ``trials.csv`` only, of what is finished so far."""
    result = collect(plan, draws=1)  # its intervals are not in this file
    write_text(plan.file.output / TRIALS, trials_table(result.settings, result.axes))
