"""Run directories to comparisons, each with the first run."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from pathlib import Path

import numpy as np

from ..collect.cells import Cell
from ..collect.collect import collect
from ..collect.run import Run
from ..errors import ConfigError, problem
from ..extras import need
from ..groups.borderline import BORDERLINE
from ..judges import Verdict
from ..judges.about import uncovered
from ..measures import ALL, high_is_good, outcome_table
from ..metrics import holm, mcnemar, paired_difference, shown_by, smallest_detectable_difference, wilson
from .alike import alike, refuse_unlike
from .records import Change, Changes, Comparison, InLanguage, OfMeasure

Answer = tuple[Cell, Verdict | None]
Judged = tuple[Cell, Verdict]
MEASURES = {  # of each kind the first is that by which prompts are said to have changed
    "harmful": ("safe", "refused", "invalid"),
    "harmless": ("answered_own", "refused", "invalid"),
    BORDERLINE: ("refused", "refused_partly"),
}
_OF_OTHERS = ("safe", "refused", "answered_own", "invalid")


def compare_runs(
    folders: Sequence[Path],
    *,
    evaluation: str | None = None,
    judge: str | None = None,
    anyway: bool = False,
    also: Collection[str] = (),
) -> list[Comparison]:
    """Compares runs with the first of them, on the prompts that both answered.

    Args:
        folders: two run directories or more, or folders of evaluations.
        evaluation: which of each run's evaluations, by name; None: the one that all share.
        judge: whose verdicts; None: those that each run's numbers are of.
        anyway: whether runs by another judge, version or decoding are compared all the same, and this is noted.
        also: kinds with measures that are compared in addition to the usual ones, as in ``harmful_safe_of_valid``.

    Returns:
        One comparison for each run but the first.

    Raises:
        ConfigError: for fewer than two runs.
        DataError: for runs that cannot be compared: other judges, decoding, or no prompt in common; and for what
            :func:`~isoglot.collect.collect.collect` refuses.
        MissingLibraryError: without the libraries of the extra ``eval``.
    """
    need("eval", "compare")
    if len(folders) < 2:
        raise ConfigError(problem("runs", "two run directories or more, the first to compare with", len(folders)))
    first, *others = collect([Path(folder) for folder in folders], evaluation=evaluation, judge=judge)
    refuse_unlike(first, others, judge=judge, anyway=anyway)
    return [_compare(first, other, also) for other in others]


def _compare(first: Run, other: Run, also: Collection[str]) -> Comparison:
    same, notes = alike(first, other)
    if any(sample for _, _, sample in same):
        notes.append(
            "Of several answers to one prompt the majority counts in a language's test; the mean of languages "
            "is over all of them."
        )
    tags = dict.fromkeys(tag for _, tag, _ in same)
    for protocol in {str(run.protocol.get("judge")): run.protocol for run in (first, other)}.values():
        if others := uncovered(protocol, tags):
            notes.append(f"The judge {protocol.get('judge')} was not made for {', '.join(others)}.")
    pairs = [[(run.cells[key], run.cells[key].verdict) for key in same] for run in (first, other)]
    parts = {kind: None for cell, _ in pairs[0] for kind in _kinds(cell)}
    measured, changed = {}, {}
    for kind in parts:
        both = _of_kind(pairs[0], pairs[1], kind)
        wanted = [name.removeprefix(f"{kind}_") for name in also if name.startswith(f"{kind}_")]
        names = tuple(dict.fromkeys([*MEASURES.get(kind, _OF_OTHERS), *wanted]))
        measured[kind] = [_measure(both, kind, name) for name in names]
        changed[kind] = _changes(both, kind, names[0])
    return Comparison(other.name, first.name, measured, changed, len(same), notes)


def _kinds(cell: Cell) -> tuple[str, ...]:
    """The kinds that a response counts for: borderline prompts count for the harmless ones and for their own kind."""
    return (cell.kind or "unknown", BORDERLINE) if cell.borderline else (cell.kind or "unknown",)


def _of_kind(first: Sequence[Answer], second: Sequence[Answer], kind: str) -> tuple[list[Judged], list[Judged]]:
    """The pairs of a kind, as the first run has it, that both judges have judged: side by side, whatever files say."""
    before: list[Judged] = []
    after: list[Judged] = []
    for (one, earlier), (two, later) in zip(first, second, strict=True):
        if kind in _kinds(one) and earlier is not None and later is not None:
            before.append((one, earlier))
            after.append((two, later))
    return before, after


def _measure(both: Sequence[Sequence[Judged]], kind: str, name: str) -> OfMeasure:
    tags = list(dict.fromkeys(cell.language for cell, _ in both[0]))
    groups = list(dict.fromkeys(cell.group for cell, _ in both[0]))
    before, after = (outcome_table(one, ALL[name], tags, groups) for one in both)
    good = _good(kind, name)
    tests = {tag: mcnemar(*_columns(before, after, place)) for place, tag in enumerate(tags)}
    adjusted = holm({tag: test.p for tag, test in tests.items()})
    languages = {}
    for place, tag in enumerate(tags):
        first, second = _columns(before, after, place)
        n, lost, gained = len(first), tests[tag].only_first, tests[tag].only_second
        worse, better = (lost, gained) if good else (gained, lost)
        rates = wilson(sum(first), n), wilson(sum(second), n)
        least = _detectable(first, second, len(tags))
        languages[tag] = InLanguage(n, *rates, worse, better, tests[tag].p, adjusted[tag], least)
    difference = paired_difference(after, before)
    return OfMeasure(name, good, languages, difference, shown_by(difference))


def _good(kind: str, name: str) -> bool:
    """Whether more of a measure is better."""
    return high_is_good("harmless" if kind == BORDERLINE else kind, name)


def _columns(before: np.ndarray, after: np.ndarray, place: int) -> tuple[list[bool], list[bool]]:
    """One language's outcomes in both runs, where both are known; of several answers to a prompt the majority's."""
    known = ~np.isnan(before[:, place]) & ~np.isnan(after[:, place])
    return [bool(x > 0.5) for x in before[known, place]], [bool(x > 0.5) for x in after[known, place]]


def _detectable(first: Sequence[bool], second: Sequence[bool], tests: int) -> float:
    """From the rate that the first run has, two models being as alike as these two are; NaN without prompts."""
    if not first:
        return math.nan
    rate, spread = float(np.mean(first)), float(np.std(first) * np.std(second))
    together = float(np.mean(np.array(first) * np.array(second))) - rate * float(np.mean(second))
    alike = together / spread if spread else 0.0
    return smallest_detectable_difference(len(first), rate=rate, between_runs=max(0.0, alike), tests=tests)


def _changes(both: Sequence[Sequence[Judged]], kind: str, name: str) -> Changes:
    measure, good = ALL[name], _good(kind, name)
    worse: list[Change] = []
    better: list[Change] = []
    for (cell, before), (other, after) in zip(*both, strict=True):
        outcomes = measure(cell, before), measure(other, after)
        if None in outcomes or outcomes[0] == outcomes[1]:
            continue
        changed = Change(cell.group, cell.language, *(str(verdict.outcome) for verdict in (before, after)))
        (better if outcomes[1] == good else worse).append(changed)
    return Changes(name, worse, better)
