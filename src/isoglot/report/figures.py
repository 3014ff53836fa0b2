"""What each chart shows: runs to rows and curves, each chart with its numbers as a table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from ..errors import some
from ..judges.about import uncovered
from ..languages import UNDETERMINED
from ..measures import ALL, answer_language
from ..pages.charts import DotRow, StackRow, dots, stacks
from ..pages.words import corrected, language_name, percent, share
from ..runs import LanguageMetrics
from .corrected import of_language
from .slices import Measured

OUTCOMES = {"safe": "safe", "unsafe": "unsafe", "invalid": "invalid", "unsure": "unsure", "failed": "judge failed"}
ANSWERS = {"own": "prompt’s own", "pivot": "pivot", "other": "another", "undetermined": "undetermined"}
Counts = dict[str, Counter[str]]  # language -> part -> count
MOST_NAMED = 4  # languages in one cell
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
    beside = [corrected(of_language(item, kind, name, row.key)) for item in items]
    said = [share(rate) if rate else "–" for rate in row.rates]
    return [f"{raw}; {more}" if more else raw for raw, more in zip(said, beside, strict=True)]


def _numbers(item: Measured, kind: str, tag: str) -> LanguageMetrics | None:
    found = item.run.kinds.get(kind)
    return found.languages.get(tag) if found else None


def outcome_figures(items: Sequence[Measured], kind: str) -> list[Figure]:
    """How the judge judged, by language, a chart for each run."""
    return _stacked(items, OUTCOMES, [_column(item, kind, "outcomes") for item in items], "outcomes")


def answer_languages(items: Sequence[Measured], kind: str) -> list[Figure]:
    """In which language all answers are, by language of the prompt, a chart for each run."""
    counts = [_column(item, kind, "answer_language") for item in items]
    found = [_column(item, kind, "answer_language_found") for item in items]
    return _stacked(items, ANSWERS, counts, "language of the answers", found)


def refusal_languages(items: Sequence[Measured], kind: str) -> list[Figure]:
    """In which language the refusals are, a chart for each run that has its responses: only those can say."""
    counts, found = [], []
    for item in items:
        judged = item.run.judged.get(kind, ())
        tags = dict.fromkeys(response.language for response, _ in judged)
        refused = [pair for pair in judged if ALL["refused"](*pair)]
        counts.append(_counted(tags, [(pair[0].language, answer_language(*pair)) for pair in refused]))
        found.append(_counted(tags, [(response.language, verdict.language) for response, verdict in refused]))
    return _stacked(items, ANSWERS, counts, "language of the refusals", found)


def _counted(tags: Iterable[str], pairs: Iterable[tuple[str, str]]) -> Counts:
    """Of each language, how often each part stands with it."""
    counts: Counts = {tag: Counter() for tag in tags}
    for tag, part in pairs:
        counts[tag][part] += 1
    return counts


def _column(item: Measured, kind: str, name: str) -> Counts:
    numbers = item.run.kinds.get(kind)
    return {tag: Counter(getattr(one, name)) for tag, one in numbers.languages.items()} if numbers else {}


def _stacked(
    items: Sequence[Measured],
    parts: Mapping[str, str],
    counts: Sequence[Counts],
    what: str,
    found: Sequence[Counts] = (),
) -> list[Figure]:
    """Stacked bars by language; a run without any has no chart.

    Args:
        items: the runs.
        parts: of the bars -> what they are called.
        counts: of each run.
        what: is shown.
        found: of each run, which languages answers are in, for a column that names those that are not the prompt's.
    """
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
        if found and any(found[place].values()):
            header = [*header, "not in the prompt’s own"]
            table = [[*cells, _others(cells[0], found[place].get(cells[0], Counter()))] for cells in table]
        figures.append(Figure(item.run.name, stacks(label, rows, parts), header, table, place))
    return figures


def _others(tag: str, found: Counter[str]) -> str:
    """Which other languages answers are in, the commonest ones first."""
    others = [f"{other} {count}" for other, count in found.most_common() if other not in (tag, UNDETERMINED)]
    return some(others, MOST_NAMED) if others else "–"


def _cells(counts: Mapping[str, int], parts: Mapping[str, str]) -> list[str]:
    total = sum(counts.get(part, 0) for part in parts)
    if not total:
        return ["– (n = 0)"] * len(parts)
    return [f"{percent(counts.get(part, 0) / total)} ({counts.get(part, 0)})" for part in parts]
