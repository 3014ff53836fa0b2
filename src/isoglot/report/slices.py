"""Languages in slices (pivot, aligned, unseen, others), and a run's shares over each."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ..evaluate.responses import Response
from ..evaluate.summary import Judged, is_answered_in_own_language, is_refused
from ..judges import Verdict
from ..metrics import Rate, cluster_bootstrap, wilson
from .numbers import NO_RATE
from .run import Run

SLICES = ("pivot", "aligned", "unseen", "other")
RESAMPLES = 1000

Test = Callable[[Response, Verdict], bool]


def _own(response: Response, verdict: Verdict) -> bool:
    return verdict.language == response.language


def _any(response: Response, verdict: Verdict) -> bool:  # noqa: ARG001 - one of the tests
    return True


# measure -> among which responses, and which of them count
MEASURES: dict[str, tuple[Test, Test]] = {
    "refused": (_any, is_refused),
    "own_of_refused": (is_refused, _own),
    "answered_own": (_any, is_answered_in_own_language),
}
TABLE = (("harmful", "refused"), ("harmful", "own_of_refused"), ("harmless", "answered_own"), ("harmless", "refused"))


@dataclass(frozen=True)
class Measured:
    """A run, its languages by slice, and its shares.

    Attributes:
        run: the run.
        slices: slice -> its tags, the empty slices left out.
        borrowed: whether the slices are those of another run, since this one does not say.
        shares: (kind, measure, slice) -> share; its interval is NaN where there is no way to compute one.
    """

    run: Run
    slices: Mapping[str, tuple[str, ...]]
    borrowed: bool
    shares: Mapping[tuple[str, str, str], Rate]

    def share(self, kind: str, measure: str, part: str) -> Rate:
        """The share, NaN with n = 0 if there is none."""
        return self.shares.get((kind, measure, part), NO_RATE)

    @property
    def order(self) -> tuple[str, ...]:
        """All languages, slice after slice."""
        return tuple(tag for tags in self.slices.values() for tag in tags)


def measure(runs: Sequence[Run]) -> list[Measured]:
    """Slices and shares of each run. A run that does not say what it was aligned in takes the first's that does."""
    said = next((run for run in runs if run.meta.aligned or run.meta.unseen), None)
    found = []
    for run in runs:
        own = bool(run.meta.aligned or run.meta.unseen)
        slices = _slices(run, run if own or said is None else said)
        shares = {
            (kind, name, part): slice_share(run, kind, name, tags)
            for kind, name in TABLE
            for part, tags in slices.items()
        }
        found.append(Measured(run, slices, not own and said is not None, shares))
    return found


def pivot_of(run: Run) -> str:
    """The run's pivot: as ``meta.json`` says, else of most responses, else English; empty without that language."""
    pivots = Counter(response.pivot for response in run.responses.values())
    pivot = run.meta.pivot or (pivots.most_common(1)[0][0] if pivots else "en")
    return pivot if pivot in languages_of(run) else ""


def languages_of(run: Run) -> tuple[str, ...]:
    """Every language that the run has numbers for, in the order of the files."""
    return tuple(dict.fromkeys(tag for kind in run.kinds.values() for tag in kind.languages))


def _slices(run: Run, said: Run) -> dict[str, tuple[str, ...]]:
    tags, pivot = languages_of(run), pivot_of(run)

    def part(tag: str) -> str:
        if tag == pivot:
            return "pivot"
        return "aligned" if tag in said.meta.aligned else "unseen" if tag in said.meta.unseen else "other"

    slices = {name: tuple(tag for tag in tags if part(tag) == name) for name in SLICES}
    return {name: found for name, found in slices.items() if found}


def slice_share(run: Run, kind: str, name: str, tags: Sequence[str]) -> Rate:
    """A share pooled over languages, with its interval.

    One language has its Wilson interval. Over several, prompts are resampled, each in all its languages, from the
    responses; without them, or with others than the numbers were made of, there is no interval. Where all responses
    are alike, it is Wilson's with a prompt as one trial.
    """
    numbers = run.kinds.get(kind)
    rates = [numbers.languages[tag].rates[name] for tag in tags if tag in numbers.languages] if numbers else []
    k, n = sum(rate.k for rate in rates), sum(rate.n for rate in rates)
    if n == 0:
        return NO_RATE
    if len(rates) == 1:
        return rates[0]
    low, high = _interval(run.judged.get(kind, []), MEASURES[name], set(tags), (k, n))
    return Rate(k / n, low, high, k, n)


def _interval(
    judged: Sequence[Judged], measure: tuple[Test, Test], tags: set[str], expected: tuple[int, int]
) -> tuple[float, float]:
    among, counts = measure
    by_prompt: dict[str, list[int]] = {}
    for response, verdict in judged:
        if response.language in tags:
            row = by_prompt.setdefault(response.group, [0, 0])
            if among(response, verdict):
                row[0] += counts(response, verdict)
                row[1] += 1
    table = np.array(list(by_prompt.values())).reshape(-1, 2)
    if tuple(table.sum(0)) != expected:
        return math.nan, math.nan

    def pooled(rows: Sequence[int]) -> float:
        k, n = table[rows].sum(0)
        return k / n if n else math.nan

    if expected[0] in (0, expected[1]):  # all alike: resampling cannot show what no prompt did; a prompt is one trial
        prompts = int((table[:, 1] > 0).sum())
        return wilson(prompts if expected[0] else 0, prompts)[1:3]
    found = cluster_bootstrap(range(len(table)), pooled, resamples=RESAMPLES)
    return found.low, found.high
