"""Curves over a number: a step, a layer."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from ..words import short, told_apart
from .svg import SERIES, chart, coordinate, marker, pc, tag, ticks

HEIGHT, TOP, BOTTOM = 190, 10, 24  # pixels: of the chart, and of the margins in it
LEFT, WIDTH = 13.0, 83.0  # per cent of the chart


@dataclass(frozen=True)
class Line:
    """A curve: its name, its series (colour and shape), points in the order of x; NaN breaks it."""

    name: str
    series: int
    points: Sequence[tuple[float, float]]
    faint: bool = False  # dashed and without a mark: what was before


@dataclass(frozen=True)
class _Scale:
    """The ends of both axes."""

    x0: float
    x1: float
    y0: float
    y1: float

    def along(self, x: float) -> float:
        """Where x lies in the plot, 0 to 100 from the left."""
        return 50.0 if self.x1 == self.x0 else 100 * (x - self.x0) / (self.x1 - self.x0)

    def down(self, y: float) -> float:
        """Where y lies in the plot, 0 to 100 from above."""
        return 100 * (self.y1 - y) / (self.y1 - self.y0)

    def left(self, x: float) -> str:
        """Where x lies in the chart, in per cent."""
        return pc(LEFT + WIDTH * self.along(x) / 100)

    def pixel(self, y: float) -> float:
        """Where y lies in the chart, in pixels."""
        return TOP + (HEIGHT - BOTTOM - TOP) * self.down(y) / 100


def lines(
    label: str,
    curves: Sequence[Line],
    *,
    x_name: str,
    low: float | None = None,
    high: float | None = None,
    at: float | None = None,
) -> Markup:
    """One chart with all curves.

    Args:
        label: says in words what the chart shows.
        curves: at least one point among them, or the chart says that there is none.
        x_name: what lies along x.
        low, high: the ends of y; None: of the values.
        at: an x to mark with an upright line.
    """
    known = [(x, y) for curve in curves for x, y in curve.points if not math.isnan(y)]
    if not known:
        return chart(label, 40, tag("text", "– no values", x=0, y=24, class_="tick"), kind="lines")
    ends = _range([y for _, y in known], low, high)
    scale = _Scale(min(x for x, _ in known), max(x for x, _ in known), *ends)
    parts = [*_axes(scale, x_name)]
    if at is not None and scale.x0 <= at <= scale.x1:
        x = scale.left(at)
        parts.append(tag("line", x1=x, x2=x, y1=TOP, y2=HEIGHT - BOTTOM, class_="at"))
    # Points along x are in per cent, which paths do not take: a nested picture of 100 by 100 is stretched instead.
    paths = [_path(curve, scale) for curve in curves]
    box = {"viewBox": "0 0 100 100", "preserveAspectRatio": "none", "overflow": "visible"}
    parts.append(tag("svg", *paths, x=pc(LEFT), y=TOP, width=pc(WIDTH), height=HEIGHT - BOTTOM - TOP, **box))
    parts += [_end(curve, scale, x_name) for curve in curves if not curve.faint]
    return chart(label, HEIGHT, *parts, kind="lines")


def _axes(scale: _Scale, x_name: str) -> Iterator[Markup]:
    heights = ticks(scale.y0, scale.y1)
    for value, text in zip(heights, told_apart(heights), strict=True):
        y = scale.pixel(value)
        yield tag("line", x1=pc(LEFT), x2=pc(LEFT + WIDTH), y1=y, y2=y, class_="grid")
        yield tag("text", text, x=pc(LEFT - 1.5), y=y + 4, class_="tick end")
    for value in _whole(ticks(scale.x0, scale.x1), scale.x0, scale.x1):
        yield tag("text", short(value), x=scale.left(value), y=HEIGHT - 8, class_="tick middle")
    yield tag("text", x_name, x=0, y=HEIGHT - 8, class_="tick")


def _end(curve: Line, scale: _Scale, x_name: str) -> Markup:
    """The mark at a curve's last point."""
    points = [(x, y) for x, y in curve.points if not math.isnan(y)]
    if not points:
        return Markup("")
    x, y = points[-1]
    return marker(curve.series, scale.left(x), scale.pixel(y), f"{curve.name}: {short(y)} at {x_name} {short(x)}")


def _range(values: Sequence[float], low: float | None, high: float | None) -> tuple[float, float]:
    first = min(values) if low is None else min(low, *values)
    last = max(values) if high is None else max(high, *values)
    if last > first:
        return first, last
    margin = abs(first) / 10 or 1.0  # a flat curve runs through the middle
    return first - margin, last + margin


def _whole(values: Sequence[float], low: float, high: float) -> Sequence[float]:
    """Steps and layers are whole numbers, and so are their ticks; the ends, where there is none between."""
    return [value for value in values if value == int(value)] or sorted({low, high})


def _path(curve: Line, scale: _Scale) -> Markup:
    """The curve in the coordinates of a picture of 100 by 100."""
    steps, pen_up = [], True
    for x, y in curve.points:
        if math.isnan(y):
            pen_up = True
            continue
        steps.append(f"{'M' if pen_up else 'L'}{coordinate(scale.along(x))} {coordinate(scale.down(y))}")
        pen_up = False
    look = f"line s{curve.series % SERIES}" + " faint" * curve.faint
    return tag("path", tag("title", curve.name), d=" ".join(steps), class_=look, vector_effect="non-scaling-stroke")
