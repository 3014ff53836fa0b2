"""The comparison table: a row for each number, a column for each run."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from ..collect.differences import difference
from ..metrics import Estimate, shown_by
from ..pages.words import DASH, NBSP, between, corrected, decimal, language_name, percent, plural, points
from ..runs import KindMetrics
from .corrected import of_slice
from .over_languages import over_languages
from .slices import Measured, SliceRate
from .table import EMPTY, Block, Entry, TableRow

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
        found.append(Block(heading, over_languages([_of_measure(item, kind, measure) for item in items])))
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
    return replace(entry, corrected=corrected(of_slice(item, kind, name, part)))


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
