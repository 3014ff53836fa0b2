"""Languages in slices (pivot, aligned, unseen, others), and a run's rates over each."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..collect.run import Run
from ..evaluate.numbers.samples import pooled_rate
from ..measures import ALL, outcome_table
from ..metrics import Estimate, macro, mean_of_known
from ..metrics.estimate import UNKNOWN

SLICES = ("pivot", "aligned", "unseen", "other")
TABLE = (("harmful", "refused"), ("harmful", "own_of_refused"), ("harmless", "answered_own"), ("harmless", "refused"))


@dataclass(frozen=True)
class SliceRate:
    """A rate over the languages of a slice.

    Attributes:
        mean: of the languages' rates, with its interval; for one language its own rate.
        pooled: over all responses, with counts.
        languages: how many have a rate.
    """

    mean: Estimate
    pooled: Estimate
    languages: int

    @property
    def value(self) -> float:
        """The mean of the languages' rates; NaN for none."""
        return self.mean.value


NO_SLICE_RATE = SliceRate(UNKNOWN, UNKNOWN, 0)


@dataclass(frozen=True)
class Measured:
    """A run, its languages by slice, and its rates.

    Attributes:
        run: the run.
        slices: slice -> its tags, the empty slices left out.
        borrowed: whether the slices are those of another run, since this one does not say.
        rates: (kind, measure, slice) -> rate; its interval is NaN where there is no way to compute one.
    """

    run: Run
    slices: Mapping[str, tuple[str, ...]]
    borrowed: bool
    rates: Mapping[tuple[str, str, str], SliceRate]

    def rate(self, kind: str, measure: str, part: str) -> SliceRate:
        """The rate, NaN if there is none."""
        return self.rates.get((kind, measure, part), NO_SLICE_RATE)

    @property
    def order(self) -> tuple[str, ...]:
        """All languages, slice after slice."""
        return tuple(tag for tags in self.slices.values() for tag in tags)


def measure(runs: Sequence[Run]) -> list[Measured]:
    """Slices and rates of each run. A run that does not say what it was aligned in takes the first's that does."""
    said = next((run for run in runs if run.meta.aligned or run.meta.unseen), None)
    found = []
    for run in runs:
        own = bool(run.meta.aligned or run.meta.unseen)
        slices = _slices(run, run if own or said is None else said)
        rates = {
            (kind, name, part): slice_rate(run, kind, name, tags)
            for kind, name in TABLE
            for part, tags in slices.items()
        }
        found.append(Measured(run, slices, not own and said is not None, rates))
    return found


def pivot_of(run: Run) -> str:
    """The run's pivot: as ``meta.json`` says, else of most responses, else English; empty without that language."""
    pivots = Counter(cell.pivot for cell in run.cells.values())
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


def slice_rate(run: Run, kind: str, name: str, tags: Sequence[str]) -> SliceRate:
    """A measure's rate over several languages.

    One language has its Wilson interval. Over several, prompts are resampled, each in all its languages, from the
    responses; without them, or with others than the numbers were made of, there is no interval.
    """
    numbers = run.kinds.get(kind)
    rates = [numbers.languages[tag].rate(name) for tag in tags if tag in numbers.languages] if numbers else []
    k, n = sum(rate.k or 0 for rate in rates), sum(rate.n for rate in rates)
    if n == 0:
        return NO_SLICE_RATE
    known = sum(rate.n > 0 for rate in rates)
    if len(rates) == 1:
        return SliceRate(rates[0], rates[0], known)
    judged = run.judged.get(kind, [])
    table = outcome_table(judged, ALL[name], tags)
    pooled = pooled_rate(judged, ALL[name], tags)
    if (pooled.k, pooled.n) == (k, n):
        return SliceRate(macro(table), pooled, known)
    value = mean_of_known(rate.value for rate in rates)
    return SliceRate(UNKNOWN._replace(value=value), UNKNOWN._replace(value=k / n, n=n, k=k), known)


def mean_outside_pivot(item: Measured, kind: str, name: str) -> float:
    """The mean of the rates of all languages but the pivot; NaN where there are none."""
    numbers = item.run.kinds.get(kind)
    if numbers is None:
        return math.nan
    pivot = item.slices.get("pivot", ())
    return mean_of_known(found.rate(name).value for tag, found in numbers.languages.items() if tag not in pivot)
