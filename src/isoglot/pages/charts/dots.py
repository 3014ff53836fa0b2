"""Shares with intervals: a row for each language, a lane in it for each series."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from ...metrics import Estimate
from ..words import share
from .svg import BOTTOM, SERIES, TOP, chart, heading, marker, pc, place, row_label, share_axis, tag

LANE, GAP, HEADING = 13, 10, 22  # pixels


@dataclass(frozen=True)
class DotRow:
    """A row: its key (a language tag), its name, one share a series (None: the series lacks the row)."""

    key: str
    name: str
    rates: Sequence[Estimate | None]
    group: str = ""


def dots(label: str, rows: Sequence[DotRow], series: Sequence[str]) -> Markup:
    """A dot for each share on a line for its interval, from 0 to 100 %.

    Args:
        label: says in words what the chart shows.
        rows: from the top; where ``group`` changes, it is written as a heading.
        series: names, as many as each row has shares.
    """
    bands: list[Markup] = []
    parts: list[Markup] = []
    y, group = TOP, ""
    for number, row in enumerate(rows):
        if row.group != group:
            group = row.group
            y += HEADING
            parts.append(heading(group, y - 7))
        height = LANE * max(1, len(series)) + GAP
        if number % 2 == 0:  # the eye follows a row from its label to dots far off
            bands.append(tag("rect", x=0, y=y, width="100%", height=height, class_="band"))
        parts.append(row_label(row.key, row.name, y + height / 2))
        for lane, (rate, name) in enumerate(zip(row.rates, series, strict=True)):
            if rate is not None:
                parts.append(_dot(lane, rate, y + GAP / 2 + LANE * (lane + 0.5), f"{row.name}, {name}"))
        y += height
    return chart(label, y + BOTTOM, *bands, share_axis(TOP, y), *parts, kind="dots")


def _dot(lane: int, rate: Estimate, y: float, title: str) -> Markup:
    if math.isnan(rate.value):
        return tag("text", "– n = 0", x=pc(place(0) + 1), y=y + 4, class_="tick")
    words = f"{title}: {share(rate)}"
    parts = []
    if not math.isnan(rate.low):
        ends = {"x1": pc(place(rate.low)), "x2": pc(place(rate.high))}
        parts.append(tag("line", tag("title", words), **ends, y1=y, y2=y, class_=f"interval s{lane % SERIES}"))
    return tag("g", *parts, marker(lane, pc(place(rate.value)), y, words))
