"""What each chart shows: runs to rows and curves, each chart with its numbers as a table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from ..judges.about import uncovered
from ..measures import ALL, answer_language
from ..pages.charts import DotRow, StackRow, dots, stacks
from ..pages.words import language_name, percent, share
from ..runs import LanguageMetrics
from .corrected import of_language, words
from .slices import Measured

OUTCOMES = {"safe": "safe", "unsafe": "unsafe", "invalid": "invalid", "unsure": "unsure", "failed": "judge failed"}
ANSWERS = {"own": "prompt’s own", "pivot": "pivot", "other": "another", "undetermined": "undetermined"}
Counts = dict[str, Counter[str]]  # language -> part -> count
_HEADINGS = {"pivot": "Pivot", "aligned": "Aligned", "unseen": "Unseen in alignment", "other": "Other languages"}


@dataclass(frozen=True)
class Figure:
    """A chart with its caption and, for those who do not see it, its numbers."""

    title: str
    svg: Markup
    header: Sequence[str]
    rows: Sequence[Sequence[str]]
    series: int | None = None  # of the run it is about, if it is about one


def headings(items: Sequence[Measured]) -> dict[str, str]:
    """Language -> heading, in the order in which languages are shown; empty headings where the slices say nothing."""
    found: dict[str, str] = {}
    differ = False
    for part, heading in _HEADINGS.items():  # slice after slice, so that a language of a later run finds its place
        for item in items:
            for tag in item.slices.get(part, ()):
                differ |= found.setdefault(tag, heading) != heading
    said = any(part in item.slices for item in items for part in ("aligned", "unseen"))
    return found if said and not differ else dict.fromkeys(found, "")


def named(tag: str, items: Sequence[Measured]) -> str:
    """A language's name, marked where some run's judge was not made for it."""
    return f"{language_name(tag)}{' *' if any(uncovered(item.run.protocol, [tag]) for item in items) else ''}"


def rate_figure(items: Sequence[Measured], kind: str, name: str, title: str) -> Figure:
    """A share by language, a dot for each run."""
    names = [item.run.name for item in items]
    rows = []
    for tag, heading in headings(items).items():
        found = [_numbers(item, kind, tag) for item in items]
        rates = [numbers.rate(name) if numbers else None for numbers in found]
        if any(rate is not None for rate in rates):
            rows.append(DotRow(tag, named(tag, items), rates, heading))
    label = f"{title}, by language, with 95 % intervals: {', '.join(names)}. The numbers are in the table below."
    table = [[row.key, row.name, *_said(items, kind, name, row)] for row in rows]
    return Figure(title, dots(label, rows, names), ["", "Language", *names], table)


def _said(items: Sequence[Measured], kind: str, name: str, row: DotRow) -> list[str]:
    """Each run's share in words, with the corrected one next to it where there is one."""
    corrected = [words(of_language(item, kind, name, row.key)) for item in items]
    said = [share(rate) if rate else "–" for rate in row.rates]
    return [f"{raw}; {more}" if more else raw for raw, more in zip(said, corrected, strict=True)]


def _numbers(item: Measured, kind: str, tag: str) -> LanguageMetrics | None:
    found = item.run.kinds.get(kind)
    return found.languages.get(tag) if found else None


def outcome_figures(items: Sequence[Measured], kind: str) -> list[Figure]:
    """How the judge judged, by language, a chart for each run."""
    return _stacked(items, OUTCOMES, [_column(item, kind, "outcomes") for item in items], "outcomes")


def answer_languages(items: Sequence[Measured], kind: str) -> list[Figure]:
    """In which language all answers are, by language of the prompt, a chart for each run."""
    counts = [_column(item, kind, "answer_language") for item in items]
    return _stacked(items, ANSWERS, counts, "language of the answers")


def refusal_languages(items: Sequence[Measured], kind: str) -> list[Figure]:
    """In which language the refusals are, a chart for each run that has its responses: only those can say."""
    counts = []
    for item in items:
        judged = item.run.judged.get(kind, ())
        found: Counts = {response.language: Counter() for response, _ in judged}
        for response, verdict in judged:
            if ALL["refused"](response, verdict):
                found[response.language][answer_language(response, verdict)] += 1
        counts.append(found)
    return _stacked(items, ANSWERS, counts, "language of the refusals")


def _column(item: Measured, kind: str, name: str) -> Counts:
    numbers = item.run.kinds.get(kind)
    return {tag: Counter(getattr(one, name)) for tag, one in numbers.languages.items()} if numbers else {}


def _stacked(items: Sequence[Measured], parts: Mapping[str, str], counts: Sequence[Counts], what: str) -> list[Figure]:
    """Stacked bars by language; ``counts`` are by run, and a run without any has no chart."""
    order, figures = headings(items), []
    for place, (item, by_language) in enumerate(zip(items, counts, strict=True)):
        rows = [
            StackRow(tag, named(tag, [item]), by_language[tag], heading)
            for tag, heading in order.items()
            if tag in by_language
        ]
        if not rows:
            continue
        label = f"{item.run.name}, {what} by language. The numbers are in the table below."
        table = [[row.key, row.name, *_cells(row.counts, parts)] for row in rows]
        header = ["", "Language", *parts.values()]
        figures.append(Figure(item.run.name, stacks(label, rows, parts), header, table, place))
    return figures


def _cells(counts: Mapping[str, int], parts: Mapping[str, str]) -> list[str]:
    total = sum(counts.get(part, 0) for part in parts)
    if not total:
        return ["– (n = 0)"] * len(parts)
    return [f"{percent(counts.get(part, 0) / total)} ({counts.get(part, 0)})" for part in parts]
