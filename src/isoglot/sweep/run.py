"""Runs a sweep: what is not yet finished is run, then everything is counted."""

from __future__ import annotations

import time
from collections.abc import Callable

from ..progress import Show, Silent
from ..runs.folder import held, refuse_foreign
from .cell import Cell
from .plan import Plan
from .pool import run_cells
from .results import SweepResult, collect
from .worker import run_cell
from .writing import write, write_cells

SECONDS_BETWEEN = 20.0  # at least, from one cells.csv to the next while cells are being run


def sweep(
    plan: Plan,
    *,
    processes: int | None = None,
    show: Show | None = None,
    work: Callable[[Cell], str | None] = run_cell,
) -> SweepResult:
    """Runs every cell that is not finished, and writes tables and page into the output folder.

    The same call again goes on where it was stopped: finished cells are not run again, failed ones are.

    Args:
        plan: of :func:`isoglot.sweep.plan`.
        processes: cells at a time; None: as the sweep file says.
        show: called with progress.
        work: what is done with a cell, in another process.

    Returns:
        What was found; its ``failures`` lists cells that failed.

    Raises:
        RunError: if another sweep is at work in the folder, or if the folder holds something else.

    Call it under ``if __name__ == "__main__":`` in a script: it starts processes.
    """
    output, file, show = plan.file.output, plan.file, show or Silent()
    refuse_foreign(output, ["cells"], "a sweep")
    with held(output):
        (output / "cells").mkdir(exist_ok=True)
        cells, waiting = plan.cells, []
        for cell in cells:
            if cell.result() is None:
                waiting.append(cell)
            else:
                cell.drop_weights()  # of a call killed before it could, or one that was to keep them
        course = _Course(plan, len(cells) - len(waiting), show)
        run_cells(
            waiting,
            course.done,
            processes=processes or file.processes,
            threads=file.threads,
            work=work,
            begun=course.begun,
        )
        result = collect(plan)
        write(result)
    return result


class _Course:
    """How far a sweep has come: shown, and in ``cells.csv`` now and then."""

    def __init__(self, plan: Plan, finished: int, show: Show) -> None:
        self._plan, self._finished, self._show = plan, finished, show
        self._count, self._written_at = len(plan.cells), time.monotonic()
        self._at_work: dict[str, str] = {}
        show.begin("Sweeping")
        show.advance(finished, self._count)

    def begun(self, cell: Cell) -> None:
        """A worker has it."""
        self._at_work[str(cell.folder)] = cell.label
        self._show.note(f"at work: {'; '.join(self._at_work.values())}")

    def done(self, cell: Cell, reason: str | None) -> None:
        """It has ended, well or not."""
        self._finished += 1
        self._at_work.pop(str(cell.folder), None)
        if time.monotonic() - self._written_at > SECONDS_BETWEEN:
            write_cells(self._plan)
            self._written_at = time.monotonic()
        self._show.note(f"{cell.label}{' failed' if reason else ''}")
        self._show.advance(self._finished, self._count)
