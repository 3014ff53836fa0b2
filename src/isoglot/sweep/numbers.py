"""Trials to numbers: each setting's measures by slice, with intervals over seeds and prompts."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from ..metrics import Estimate, lowest, mean_of_known, wilson
from ..metrics.estimate import BOOTSTRAP
from ..metrics.seeds import DRAWS, interval, interval_of_worst, rates, resample, resampled_rates, statistic
from .outcomes import SLICES, STATISTICS, Criterion, criteria_of, table

Key = tuple[str, str, str]  # measure, slice, statistic
_ALIKE = 1e-9  # what rounding may make of draws that are alike


@dataclass(frozen=True)
class Number:
    """A share with its interval.

    Attributes:
        value: the mean over seeds.
        low, high: 95 %.
        by_seed: seed -> the seed's own value.
        language: for the worst language, the one that is worst on average over seeds; None where several are.
        draws: the bootstrap's values.
    """

    value: float
    low: float
    high: float
    by_seed: Mapping[int, float]
    language: str | None = None
    draws: np.ndarray = field(default_factory=lambda: np.empty(0), repr=False, compare=False)

    @property
    def shown(self) -> bool:
        """Of a difference: whether its interval leaves out 0."""
        return self.low > 0 or self.high < 0


@dataclass(frozen=True)
class Numbers:
    """Everything counted of one setting.

    Attributes:
        values: (measure, slice, statistic) -> number; a slice without languages has none.
        languages: measure -> language -> share, averaged over seeds.
        rates: the same, of those with outcomes, with their intervals over seeds and prompts.
        prompts: kind -> how many a seed was tested on, at most.
        shared: whether all seeds were tested on the same prompts.
    """

    values: Mapping[Key, Number]
    languages: Mapping[str, Mapping[str, float]]
    rates: Mapping[str, Mapping[str, Estimate]]
    prompts: Mapping[str, int]
    shared: bool


def count(
    records: Mapping[int, Mapping[str, Any]], slices: Mapping[str, Sequence[str]], *, draws: int = DRAWS
) -> Numbers:
    """Numbers of one setting.

    Args:
        records: seed -> what ``trial.json`` holds; at least one.
        slices: slice -> languages.
        draws: of the bootstrap.
    """
    seeds = list(records)
    shared = len({record["key"]["evaluate"]["test"] for record in records.values()}) == 1
    values: dict[Key, Number] = {}
    by_language: dict[str, dict[str, float]] = {}
    of_language: dict[str, dict[str, Estimate]] = {}
    everything = list(dict.fromkeys(tag for tags in slices.values() for tag in tags))
    sizes: dict[str, int] = {}
    for name, measure in criteria_of(records.values()).items():
        tables = [table(record["outcomes"][name], everything) for record in records.values()]
        asked = [len(one) for one in tables]
        sizes[measure.kind] = max(asked)
        drawn = resampled_rates(tables, resample(asked, shared=shared, draws=draws))
        plain = rates(tables)
        by_language[name] = {tag: mean_of_known(plain[0, :, place]) for place, tag in enumerate(everything)}
        known = asked[0] if shared else sum(asked)
        of_language[name] = {
            tag: _rate(tables, drawn, place, by_language[name][tag], known)
            for place, tag in enumerate(everything)
            if not math.isnan(by_language[name][tag])
        }
        for part, tags in ((part, slices[part]) for part in SLICES if slices.get(part)):
            columns = [everything.index(tag) for tag in tags]
            for key in STATISTICS:
                number = _number(plain[:, :, columns], drawn[:, :, columns], key, measure, seeds, known)
                language = _worst(by_language[name], tags, measure) if key == "worst" else None
                values[name, part, key] = replace(number, language=language)
    return Numbers(values, by_language, of_language, sizes, shared)


def _rate(tables: Sequence[np.ndarray], drawn: np.ndarray, place: int, value: float, prompts: int) -> Estimate:
    """A language's rate with its interval, which reaches as far as Wilson's of so many responses at least."""
    draws = statistic(drawn[:, :, place : place + 1], "mean", high_is_good=True)
    low, high = interval(draws, value, seeds=len(tables), prompts=prompts)
    responses = sum(int((~np.isnan(one[:, place])).sum()) for one in tables)
    least = wilson(round(value * responses), responses)
    return Estimate(value, min(low, least.low), max(high, least.high), responses, BOOTSTRAP)


def _number(
    plain: np.ndarray, drawn: np.ndarray, key: str, measure: Criterion, seeds: Sequence[int], prompts: int
) -> Number:
    good = measure.high_is_good
    by_seed = {seed: float(statistic(plain[:, [n]], key, high_is_good=good)[0]) for n, seed in enumerate(seeds)}
    draws = statistic(drawn, key, high_is_good=good)
    value = float(statistic(plain, key, high_is_good=good)[0])
    if key == "worst":
        low, high = interval_of_worst(drawn, plain, value, prompts=prompts, high_is_good=good)
    else:
        low, high = interval(draws, value, seeds=len(seeds), prompts=prompts)
    return Number(value, low, high, by_seed, None, draws)


def _worst(shares: Mapping[str, float], tags: Sequence[str], measure: Criterion) -> str | None:
    """The language with the worst share; None where several have it."""
    found = lowest({tag: shares[tag] if measure.high_is_good else -shares[tag] for tag in tags})
    return found[0] if len(found) == 1 else None


def combined(numbers: Sequence[Number]) -> Number:
    """The mean of several numbers that were drawn alike, with its interval."""
    value = sum(number.value for number in numbers) / len(numbers)
    draws = np.mean([number.draws for number in numbers], axis=0)
    low, high = interval(draws, value, seeds=len(numbers[0].by_seed))
    # Where every part is at an end, the parts' own intervals are all that is known.
    if all(number.value in (0.0, 1.0) for number in numbers):
        low = sum(number.low for number in numbers) / len(numbers)
        high = sum(number.high for number in numbers) / len(numbers)
    seeds = [seed for seed in numbers[0].by_seed if all(seed in number.by_seed for number in numbers)]
    by_seed = {seed: sum(number.by_seed[seed] for number in numbers) / len(numbers) for seed in seeds}
    return Number(value, low, high, by_seed, None, draws)


def difference(one: Number, other: Number) -> Number:
    """One number less another that was drawn alike, on the same seeds and prompts, with the interval of the difference.

    What makes a seed or a prompt hard for both cancels out, so that two intervals may overlap and the difference be
    clear. Where one of the numbers is 0 or 1, or the difference is the same in all draws, draws show no spread; the
    interval is then at least as wide as the two numbers' own say together (Newcombe's square-and-add, Statistics in
    Medicine 17, 1998).

    Returns:
        The difference, in [-1, 1].
    """
    value, draws = one.value - other.value, one.draws - other.draws
    low, high = interval(draws, value, seeds=len(one.by_seed), least=-1.0)
    if not {one.value, other.value}.isdisjoint((0.0, 1.0)) or np.ptp(draws) < _ALIKE:
        low = min(low, value - math.hypot(one.value - one.low, other.high - other.value))
        high = max(high, value + math.hypot(one.high - one.value, other.value - other.low))
    by_seed = {seed: one.by_seed[seed] - other.by_seed[seed] for seed in one.by_seed if seed in other.by_seed}
    return Number(value, max(-1.0, low), min(1.0, high), by_seed, None, draws)
