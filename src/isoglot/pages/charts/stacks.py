"""Counts as parts of a whole: a stacked bar a row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from ..words import percent
from .svg import BOTTOM, GUTTER, TOP, WIDTH, chart, heading, pc, row_label, share_axis, tag

BAR, PITCH, HEADING = 16, 22, 22  # pixels
LABELLED = 0.13  # parts smaller than this share have no room for their number


@dataclass(frozen=True)
class StackRow:
    """A row: its key (a language tag), its name, part -> count."""

    key: str
    name: str
    counts: Mapping[str, int]
    group: str = ""


def stacks(label: str, rows: Sequence[StackRow], parts: Mapping[str, str]) -> Markup:
    """A bar a row, from 0 to 100 %, its parts in one order.

    Args:
        label: says in words what the chart shows.
        rows: from the top; where ``group`` changes, it is written as a heading.
        parts: part (also its class) -> how a reader calls it, from the left.
    """
    drawn: list[Markup] = []
    y, group = TOP, ""
    for row in rows:
        if row.group != group:
            group = row.group
            y += HEADING
            drawn.append(heading(group, y - 7))
        drawn.append(row_label(row.key, row.name, y + PITCH / 2))
        drawn.append(_bar(row, parts, y + (PITCH - BAR) // 2))
        y += PITCH
    return chart(label, y + BOTTOM, share_axis(TOP, y), *drawn, kind="stacks")


def _bar(row: StackRow, parts: Mapping[str, str], y: float) -> Markup:
    total = sum(row.counts.get(part, 0) for part in parts)
    if total == 0:
        return tag("text", "– n = 0", x=pc(GUTTER + 1), y=y + 12, class_="tick")
    drawn, x = [], GUTTER
    for part, words in parts.items():
        count = row.counts.get(part, 0)
        if not count:
            continue
        width = WIDTH * count / total
        title = tag("title", f"{row.name}, {words}: {percent(count / total)} ({count} of {total})")
        drawn.append(tag("rect", title, x=pc(x), y=y, width=pc(width), height=BAR, class_=f"part {part}"))
        if count / total >= LABELLED:
            number = f"{100 * count / total:.0f}"
            drawn.append(tag("text", number, x=pc(x + width / 2), y=y + 12, class_=f"on {part}"))
        x += width
    return tag("g", *drawn)
