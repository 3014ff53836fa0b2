"""Upright bars in groups: a value before and one after at each place."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from markupsafe import Markup

from ..words import percent
from .svg import SERIES, chart, pc, tag

HEIGHT, TOP, BOTTOM = 170, 12, 24  # pixels
LEFT, WIDTH = 13.0, 85.0  # per cent of the chart
FILL = 0.8  # of each place's width


def grouped_bars(label: str, before: Sequence[float], after: Sequence[float], *, series: int, x_name: str) -> Markup:
    """Shares before (outlined) and after (filled), side by side at places 1, 2, ...

    Args:
        label: says in words what the chart shows.
        before, after: shares by place; either may be empty or shorter, NaN draws no bar.
        series: whose colour.
        x_name: what the places are.
    """
    places = max(len(before), len(after))
    if not places:
        return chart(label, 40, tag("text", "– no values", x=0, y=24, class_="tick"), kind="bars")
    parts = [*_axis()]
    step = WIDTH / places
    every = math.ceil(places / 12)  # more numbers than that do not fit on a telephone
    for place in range(places):
        x = LEFT + step * (place + (1 - FILL) / 2)
        for side, (when, values) in enumerate((("before", before), ("after", after))):
            if place < len(values) and not math.isnan(values[place]):
                title = f"{x_name} {place + 1}, {when}: {percent(values[place])}"
                look = f"bar {when} s{series % SERIES}"
                parts.append(_bar(x + step * FILL / 2 * side, step * FILL / 2, values[place], title, look))
        if place % every == 0:
            middle = pc(LEFT + step * (place + 0.5))
            parts.append(tag("text", str(place + 1), x=middle, y=HEIGHT - 8, class_="tick middle"))
    return chart(label, HEIGHT, *parts, kind="bars")


def _axis() -> Iterator[Markup]:
    for quarter in range(5):
        y = HEIGHT - BOTTOM - (HEIGHT - BOTTOM - TOP) * quarter / 4
        yield tag("line", x1=pc(LEFT), x2=pc(LEFT + WIDTH), y1=y, y2=y, class_="grid")
        number = f"{25 * quarter}" + "\u00a0%" * (quarter == 4)
        yield tag("text", number, x=pc(LEFT - 1.5), y=y + 4, class_="tick end")


def _bar(x: float, width: float, value: float, title: str, look: str) -> Markup:
    height = (HEIGHT - BOTTOM - TOP) * min(1.0, max(0.0, value))
    y = HEIGHT - BOTTOM - height
    return tag("rect", tag("title", title), x=pc(x), width=pc(width), y=y, height=height, class_=look)
