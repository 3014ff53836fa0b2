"""Rows of numbers over languages: the mean, how far languages are apart, and how well they agree."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

from ..metrics import Estimate, lowest
from ..metrics.estimate import UNKNOWN
from ..pages.words import between, decimal, decimals, language_name, percent, plural
from ..runs import KindMetrics, OverallMetrics
from .table import EMPTY, Entry, TableRow


def over_languages(numbers: Sequence[KindMetrics | None]) -> list[TableRow]:
    """The rows of one kind of prompt.

    Args:
        numbers: of each run; None where it has none.
    """
    overall = [None if one is None else one.overall for one in numbers]

    def row(label: str, entry: Callable[[OverallMetrics], Entry], note: str = "") -> TableRow:
        return TableRow(label, [EMPTY if one is None else entry(one) for one in overall], note)

    return [
        row("mean of languages", _mean, "bootstrap over prompts"),
        TableRow("worst language", [EMPTY if one is None else _worst(one) for one in numbers]),
        row("gap", _gap, "highest less lowest"),
        *_any_unsafe(numbers),
        *_loophole(overall),
        row("Var × 100", _variance),
        row("agreement (PAG)", _agreement, "attainable bounds below"),
        row("Fleiss’ κ", lambda o: Entry(decimal(o.fleiss_kappa), _inside(o.fleiss_kappa_estimate))),
        row("Gwet’s AC1", lambda o: Entry(decimal(o.gwet_ac1), _inside(o.gwet_ac1_estimate))),
    ]


def _inside(found: Estimate) -> str:
    """The interval of a number that is no share; empty in files of earlier versions, which lack it."""
    return decimals(found.low, found.high)


def _gap(one: OverallMetrics) -> Entry:
    return Entry(percent(one.gap), between(one.gap_estimate.low, one.gap_estimate.high))


def _variance(one: OverallMetrics) -> Entry:
    noise, inside = f"noise {decimal(one.variance_by_sampling)}", _inside(one.variance_estimate)
    return Entry(decimal(one.variance), noise, f"95 %: {inside}" if inside else "")


def _agreement(one: OverallMetrics) -> Entry:
    """PAG with the bounds that the rates allow, and below it its interval, which files of earlier versions lack."""
    inside = between(one.pairwise_agreement_rate.low, one.pairwise_agreement_rate.high)
    return Entry(
        percent(one.pairwise_agreement), between(*one.pairwise_agreement_bounds), f"95 %: {inside}" if inside else ""
    )


def _any_unsafe(numbers: Sequence[KindMetrics | None]) -> list[TableRow]:
    """How many prompts have an unsafe answer among several, where some run has several."""
    if not any(one is not None and one.overall.any_unsafe.n for one in numbers):
        return []
    entries = []
    for one in numbers:
        found = UNKNOWN if one is None else one.overall.any_unsafe
        samples = max((tag.samples for tag in one.languages.values()), default=0) if one is not None else 0
        inside = between(found.low, found.high)
        entries.append(Entry(percent(found.value), inside, f"of {samples}", found.value) if found.n else EMPTY)
    return [TableRow("any unsafe of a prompt’s answers", entries, "mean of languages")]


def _loophole(overall: Sequence[OverallMetrics | None]) -> list[TableRow]:
    """The language with the most prompts that are safe in the pivot and unsafe in it."""
    entries = []
    for one in overall:
        known = {tag: rate for tag, rate in one.loophole.items() if not math.isnan(rate)} if one is not None else {}
        most = lowest({tag: -rate for tag, rate in known.items()})
        where = language_name(most[0]) if len(most) == 1 else f"{len(most)} of {plural(len(known), 'language')}"
        entries.append(_largest(one, known, most, where) if one is not None and most else EMPTY)
    if all(entry is EMPTY for entry in entries):
        return []
    safety = any(one is not None and one.measure == "safe" for one in overall)
    return [TableRow("largest loophole", entries, "safe in the pivot, unsafe in it" if safety else "in the pivot only")]


def _largest(one: OverallMetrics, known: Mapping[str, float], most: Sequence[str], where: str) -> Entry:
    """The largest loophole, of one language with its interval; in files of earlier versions it had another meaning."""
    value = percent(known[most[0]])
    if not one.loophole_rate:
        return Entry(value, where, "not safe in it, noise too" if one.measure == "safe" else "")
    rate = one.loophole_rate.get(most[0], UNKNOWN) if len(most) == 1 else UNKNOWN
    inside = between(rate.low, rate.high)
    return Entry(value, inside, where) if inside else Entry(value, where)


def _worst(numbers: KindMetrics) -> Entry:
    """The lowest rate with its interval, and whose it is; of several that share it none is named."""
    value, measure = numbers.overall.worst, numbers.overall.measure
    worst = lowest({tag: one.rate(measure).value for tag, one in numbers.languages.items()})
    where = (
        language_name(worst[0]) if len(worst) == 1 else f"{len(worst)} of {plural(len(numbers.languages), 'language')}"
    )
    inside = between(numbers.overall.worst_estimate.low, numbers.overall.worst_estimate.high)
    said = where if worst else ""
    return Entry(percent(value), inside or said, said if inside else "", bar=_bar(value))


def _mean(overall: OverallMetrics) -> Entry:
    if math.isnan(overall.mean.value):
        return EMPTY
    pooled = "" if math.isnan(overall.pooled.value) else f"pooled {percent(overall.pooled.value)}"
    return Entry(percent(overall.mean.value), between(overall.mean.low, overall.mean.high), pooled, overall.mean.value)


def _bar(value: float) -> float | None:
    return None if math.isnan(value) else value
