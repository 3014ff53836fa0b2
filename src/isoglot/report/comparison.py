"""The comparison table: a row for each number, a column for each run."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from ..collect.differences import difference
from ..metrics import Estimate, lowest, shown_by
from ..metrics.estimate import UNKNOWN
from ..pages.words import DASH, NBSP, between, decimal, language_name, percent, plural, points
from ..runs import KindMetrics, OverallMetrics
from .corrected import of_slice, words
from .slices import Measured, SliceRate


@dataclass(frozen=True)
class Entry:
    """A number, and what stands next to it (an interval, counts, a noise floor) and below it (the pooled rate)."""

    value: str
    detail: str = ""
    below: str = ""
    bar: float | None = None  # a share to draw under the number
    corrected: str = ""  # for the judge's errors


@dataclass(frozen=True)
class TableRow:
    """A row of the table."""

    label: str
    entries: Sequence[Entry]
    note: str = ""


@dataclass(frozen=True)
class Block:
    """Rows under one heading."""

    heading: str
    rows: Sequence[TableRow]


EMPTY = Entry(DASH)
_SHARES = {
    ("harmful", "refused"): "Harmful prompts refused",
    ("harmful", "own_of_refused"): "Of these refusals, in the prompt's own language",
    ("harmless", "answered_own"): "Harmless prompts answered in their own language",
    ("harmless", "refused"): "Harmless prompts refused",
}
_SLICES = {"pivot": "pivot", "aligned": "aligned", "unseen": "unseen", "other": "other languages"}
_DIFFERENCES = (("harmful", "refused"), ("harmless", "answered_own"))
_OVERALL = {"safe": "Safe, over languages", "answered_own": "Answered in own language, over languages"}


def blocks(items: Sequence[Measured]) -> list[Block]:
    """The table's blocks; those without any number are left out."""
    found = []
    parts = [part for part in _SLICES if any(part in item.slices for item in items)]
    for (kind, name), heading in _SHARES.items():
        if any(kind in item.run.kinds for item in items):
            rows = [_row(items, kind, name, part) for part in parts]
            found.append(Block(heading, rows))
    found += [block for kind, name in _DIFFERENCES if (block := _differences(items, kind, name, parts))]
    asked = dict.fromkeys((kind, one.overall.measure) for item in items for kind, one in item.run.kinds.items())
    for kind, measure in asked:
        heading = f"{kind_name(kind)}: {_OVERALL.get(measure, 'over languages').lower()}"
        found.append(Block(heading, _over([_of_measure(item, kind, measure) for item in items])))
    return found


def _of_measure(item: Measured, kind: str, measure: str) -> KindMetrics | None:
    """A run's numbers of a kind, if those over languages are of this measure: judges differ in what they say."""
    found = item.run.kinds.get(kind)
    return found if found is not None and found.overall.measure == measure else None


def kind_name(kind: str) -> str:
    """What the page calls prompts of a kind."""
    return "Prompts of no stated kind" if kind == "unknown" else f"{kind.capitalize()} prompts"


def _row(items: Sequence[Measured], kind: str, name: str, part: str) -> TableRow:
    label, note = _label(items, part)
    return TableRow(label, [_with_corrected(item, kind, name, part) for item in items], note)


def _with_corrected(item: Measured, kind: str, name: str, part: str) -> Entry:
    entry = rate_entry(item.rate(kind, name, part))
    return replace(entry, corrected=words(of_slice(item, kind, name, part)))


def _label(items: Sequence[Measured], part: str) -> tuple[str, str]:
    """What a slice's row is called, and its languages."""
    tags = [item.slices.get(part, ()) for item in items]
    same = [found for found in dict.fromkeys(tags) if found]
    label = _SLICES[part]
    if len(same) == 1:
        label = language_name(same[0][0]) if len(same[0]) == 1 else f"{len(same[0])} {label.removesuffix(' languages')}"
        note = _SLICES[part] if len(same[0]) == 1 else ", ".join(same[0])
    else:
        note = "not the same languages in every run"
    return label, note


def _differences(items: Sequence[Measured], kind: str, name: str, parts: Sequence[str]) -> Block | None:
    """How far each run is above the first, on the same prompts; None where that is known of no run."""
    first = items[0]
    rows, known = [], False
    for part in parts:
        tags, entries = first.slices.get(part, ()), [EMPTY]
        for item in items[1:]:
            alike = tags if item.slices.get(part) == tags else ()
            found = difference(item.run, first.run, kind, name, alike)
            known |= found.n > 0
            entries.append(_difference_entry(found))
        label, note = _label(items, part)
        rows.append(TableRow(label, entries, note))
    heading = f"{_SHARES[kind, name]}: difference from {first.run.name} on the same prompts"
    return Block(heading, rows) if known else None


def _difference_entry(found: Estimate) -> Entry:
    if math.isnan(found.value):
        return EMPTY
    value, _, inside = points(found.value, found.low, found.high).partition(" (")
    inside = inside.removesuffix(")")
    if found.low > 0 or found.high < 0:
        return Entry(value, inside)
    return Entry(value, f"{inside}, includes 0", f"these prompts would show {decimal(100 * shown_by(found), 1)}")


def rate_entry(rate: SliceRate) -> Entry:
    """A rate over a slice: of one language its interval and counts, of several the pooled rate next to the mean."""
    if math.isnan(rate.value):
        return Entry(DASH, "n = 0")
    counts = f"{rate.pooled.k}{NBSP}of{NBSP}{rate.pooled.n}"
    inside = between(rate.mean.low, rate.mean.high)
    if rate.languages == 1:
        return Entry(percent(rate.value), inside or counts, bar=rate.value)
    return Entry(percent(rate.value), inside, f"pooled {percent(rate.pooled.value)} ({counts})", rate.value)


def _over(numbers: Sequence[KindMetrics | None]) -> list[TableRow]:
    overall = [None if one is None else one.overall for one in numbers]

    def row(label: str, entry: Callable[[OverallMetrics], Entry], note: str = "") -> TableRow:
        return TableRow(label, [EMPTY if one is None else entry(one) for one in overall], note)

    return [
        row("mean of languages", _mean, "bootstrap over prompts"),
        TableRow("worst language", [EMPTY if one is None else _worst(one) for one in numbers]),
        *_any_unsafe(numbers),
        *_loophole(overall),
        row("Var × 100", lambda o: Entry(decimal(o.variance), f"noise {decimal(o.variance_by_sampling)}")),
        row("agreement (PAG)", _agreement, "attainable bounds below"),
        row("Fleiss’ κ", lambda o: Entry(decimal(o.fleiss_kappa))),
        row("Gwet’s AC1", lambda o: Entry(decimal(o.gwet_ac1))),
    ]


def _agreement(one: OverallMetrics) -> Entry:
    """PAG with the bounds that the rates allow, and below it its interval, which files of earlier versions lack."""
    inside = between(one.pairwise_agreement_rate.low, one.pairwise_agreement_rate.high)
    return Entry(decimal(one.pairwise_agreement), _bounds(one), f"95 %: {inside}" if inside else "")


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
    """The lowest rate, and whose it is; of several that share it none is named."""
    value, measure = numbers.overall.worst, numbers.overall.measure
    worst = lowest({tag: one.rate(measure).value for tag, one in numbers.languages.items()})
    where = (
        language_name(worst[0]) if len(worst) == 1 else f"{len(worst)} of {plural(len(numbers.languages), 'language')}"
    )
    return Entry(percent(value), where if worst else "", bar=_bar(value))


def _mean(overall: OverallMetrics) -> Entry:
    if math.isnan(overall.mean.value):
        return EMPTY
    pooled = "" if math.isnan(overall.pooled.value) else f"pooled {percent(overall.pooled.value)}"
    return Entry(percent(overall.mean.value), between(overall.mean.low, overall.mean.high), pooled, overall.mean.value)


def _bar(value: float) -> float | None:
    return None if math.isnan(value) else value


def _bounds(overall: OverallMetrics) -> str:
    low, high = overall.pairwise_agreement_bounds
    return "" if math.isnan(low) else f"{decimal(low)}{DASH}{decimal(high)}"


def prompts_words(items: Sequence[Measured]) -> str:
    """How much the numbers rest on: ``180 harmful and 180 harmless prompts in 12 languages``, each answered 4 times."""
    kinds: dict[str, int] = {}
    tags: set[str] = set()
    for item in items:
        for kind, numbers in item.run.kinds.items():
            tags |= set(numbers.languages)
            kinds[kind] = max([kinds.get(kind, 0), *(one.asked for one in numbers.languages.values())])
    if not kinds:
        return ""
    words = " and ".join(f"{count} {'' if kind == 'unknown' else kind}".strip() for kind, count in kinds.items())
    said = f"{words} {'prompt' if set(kinds.values()) == {1} else 'prompts'} in {plural(len(tags), 'language')}"
    samples = {one.samples for item in items for kind in item.run.kinds.values() for one in kind.languages.values()}
    most = max(samples, default=0)
    if most < 2:
        return said
    times = f"{most} times" if samples == {most} else f"up to {most} times"
    return f"{said}, each answered {times}: counts are of answers, intervals of prompts"
