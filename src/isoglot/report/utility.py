"""What the page shows of utility: a table of tasks and languages by runs, where any run has numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from ..collect.run import Run
from ..errors import DataError
from ..pages.words import percent, points
from ..runs.json_file import readable_object
from ..runs.utility import UTILITY, Utility, utility_files
from ..validation import checked


class Row(NamedTuple):
    """A task in one language, or its mean of languages: one cell a run."""

    task: str
    language: str
    cells: tuple[str, ...]


def utility_of(run: Run) -> Utility:
    """The run's numbers: next to its evaluation, or of their own; empty ones where there are none that can be read."""
    for file in utility_files(run.folder, run.evaluation):
        try:
            found: Utility = checked(Utility, readable_object(file), UTILITY)
        except DataError:
            continue
        if found.tasks:
            return found
    return Utility()


def utility(runs: Sequence[Run]) -> dict[str, Any]:
    """Rows, the base models that differences are to, and the runs that were asked through a chat template and not.

    Empty without any numbers.
    """
    found = [utility_of(run) for run in runs]
    tags = {name: list(dict.fromkeys(tag for one in found for tag in _languages(one, name))) for name in _names(found)}
    rows = [Row(name, tag, tuple(_cell(one, name, tag) for one in found)) for name in tags for tag in ("", *tags[name])]
    bases = list(dict.fromkeys(one.base for one in found if one.base))
    asked: dict[bool, list[str]] = {True: [], False: []}
    for run, one in zip(runs, found, strict=True):
        if one.tasks:
            asked[one.through_template].append(run.name)
    return {"rows": rows, "bases": bases, "through": asked[True], "without": asked[False]} if rows else {}


def _names(found: Sequence[Utility]) -> list[str]:
    return list(dict.fromkeys(name for one in found for name in one.tasks))


def _languages(found: Utility, name: str) -> list[str]:
    return list(found.tasks[name].languages) if name in found.tasks else []


def _cell(found: Utility, name: str, tag: str) -> str:
    """A score with its interval, and the difference to the base; empty where there is none."""
    task = found.tasks.get(name)
    if task is None or (tag and tag not in task.languages):
        return ""
    one = task.languages[tag] if tag else task
    score = task.languages[tag].score if tag else task.mean
    text = f"{percent(score.value)} ({percent(score.low)} – {percent(score.high)})"
    own = task.languages[tag].own if tag else None
    spoken = f"; {percent(own.value)} in own language" if own is not None and own.n else ""
    empty = task.languages[tag].empty if tag else None
    silent = f"; {percent(empty.value)} without an answer" if empty is not None and empty.k else ""
    return text + spoken + silent + (f"; base {points(*one.difference[:3])}" if one.difference.n else "")
