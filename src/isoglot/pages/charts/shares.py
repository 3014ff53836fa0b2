"""Two charts of shares: settings as points in a plane, and curves over the values of an axis."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from ..words import NBSP, between
from .svg import SERIES, chart, coordinate, marker, pc, tag

LEFT, WIDTH = 13.0, 82.0  # per cent of the chart
TOP, BOTTOM = 14, 40  # pixels
Ends = tuple[float, float, float]  # a share, and its interval


@dataclass(frozen=True)
class Point:
    """A setting in the plane: its number in the table, both shares with intervals, its series."""

    label: str
    title: str
    x: Ends
    y: Ends
    series: int
    numbered: bool = False


@dataclass(frozen=True)
class Curve:
    """A curve over an axis: one share with interval at each value, or None."""

    name: str
    points: Sequence[Ends | None]
    series: int
    faint: bool = False


def plane(
    label: str,
    points: Sequence[Point],
    front: Sequence[tuple[float, float]],
    *,
    x_name: str,
    at: float | None = None,
) -> Markup:
    """Points with intervals along both axes, and the front as a line.

    Args:
        label: says in words what the chart shows.
        points: in the order of drawing.
        front: of the settings that no other beats, by rising x.
        x_name: what lies along x; y is in the caption.
        at: an x to mark with an upright line.
    """
    known = [point for point in points if not (math.isnan(point.x[0]) or math.isnan(point.y[0]))]
    if not known:
        return _nothing(label)
    height = 330
    x_from, y_from = _lower(point.x for point in known), _lower(point.y for point in known)

    def left(x: float) -> str:
        return pc(LEFT + WIDTH * _share(x, x_from))

    def down(y: float) -> float:
        return TOP + (height - TOP - BOTTOM) * (1 - _share(y, y_from))

    parts = [*_grid(y_from, height)]
    for value in _ticks(x_from):
        parts.append(tag("line", x1=left(value), x2=left(value), y1=TOP, y2=height - BOTTOM, class_="grid"))
        parts.append(tag("text", _percent(value), x=left(value), y=height - BOTTOM + 15, class_="tick middle"))
    parts.append(tag("text", x_name, x=pc(LEFT + WIDTH), y=height - 6, class_="tick end"))
    if at is not None and at >= x_from:
        parts.append(tag("line", x1=left(at), x2=left(at), y1=TOP, y2=height - BOTTOM, class_="at"))
    corners = [(100 * _share(x, x_from), 100 * (1 - _share(y, y_from))) for x, y in front]
    if len(corners) > 1:
        parts.append(_stretched([_path(corners, "line s2")], height))
    for point in known:
        x, y = left(point.x[0]), down(point.y[0])
        look = f"interval thin s{point.series % SERIES}"
        parts.append(tag("line", x1=left(point.x[1]), x2=left(point.x[2]), y1=y, y2=y, class_=look))
        parts.append(tag("line", x1=x, x2=x, y1=down(point.y[1]), y2=down(point.y[2]), class_=look))
    for point in known:
        x, y = left(point.x[0]), down(point.y[0])
        parts.append(marker(point.series, x, y, point.title))
        if point.numbered:
            parts.append(tag("text", point.label, x=x, dx=-8, y=y - 7, class_="tick end"))
    return chart(label, height, *parts, kind="plane")


def curves(label: str, names: Sequence[str], found: Sequence[Curve], *, x_name: str) -> Markup:
    """Curves over values that stand side by side, each point with its interval.

    Args:
        label: says in words what the chart shows.
        names: of the values, from the left.
        found: a point (or None) for each value.
        x_name: what the values are of.
    """
    shown = [point for curve in found for point in curve.points if point is not None and not math.isnan(point[0])]
    if not shown:
        return _nothing(label)
    height, y_from = 240, _lower(shown)
    step = WIDTH / len(names)

    def down(y: float) -> float:
        return TOP + (height - TOP - BOTTOM) * (1 - _share(y, y_from))

    parts = [*_grid(y_from, height)]
    for place, name in enumerate(names):
        cut = name if len(name) <= 18 else f"{name[:17]}…"
        text = (cut, tag("title", name)) if cut != name else (cut,)
        middle = pc(LEFT + step * (place + 0.5))
        parts.append(tag("text", *text, x=middle, y=height - BOTTOM + 15, class_="tick middle"))
    parts.append(tag("text", x_name, x=pc(LEFT + WIDTH), y=height - 6, class_="tick end"))
    paths, marks = [], []
    for number, curve in enumerate(found):
        aside = (number - (len(found) - 1) / 2) * min(1.6, 0.5 * step / max(1, len(found)))  # intervals side by side
        corners = []
        for place, point in enumerate(curve.points):
            if point is None or math.isnan(point[0]):
                continue
            x = LEFT + step * (place + 0.5) + aside
            corners.append((100 * (x - LEFT) / WIDTH, 100 * (1 - _share(point[0], y_from))))
            words = f"{curve.name}, {x_name} {names[place]}: {words_of(point)}"
            look, ends = f"interval s{curve.series % SERIES}", (down(point[1]), down(point[2]))
            marks.append(tag("line", tag("title", words), x1=pc(x), x2=pc(x), y1=ends[0], y2=ends[1], class_=look))
            marks.append(marker(curve.series, pc(x), down(point[0]), words))
        paths.append(_path(corners, f"line s{curve.series % SERIES}" + " faint" * curve.faint))
    return chart(label, height, *parts, _stretched(paths, height), *marks, kind="curves")


def words_of(ends: Ends) -> str:
    """A share with its interval, ``91 % (86–95 %)``."""
    if math.isnan(ends[0]):
        return "–"
    return f"{100 * ends[0]:.1f}{NBSP}% ({between(ends[1], ends[2])})"


def _nothing(label: str) -> Markup:
    return chart(label, 40, tag("text", "– no values", x=0, y=24, class_="tick"), kind="lines")


def _lower(shares: Iterator[Ends] | Sequence[Ends]) -> float:
    """Where an axis begins: at a tenth below everything shown, at 80 % at most; it always ends at 100 %."""
    lows = [ends[1] if not math.isnan(ends[1]) else ends[0] for ends in shares]
    return min(0.8, max(0.0, math.floor(10 * min(lows) + 1e-9) / 10))


def _share(value: float, start: float) -> float:
    return (value - start) / (1 - start)


def _ticks(start: float) -> list[float]:
    step = 0.05 if start >= 0.7 else 0.1 if start >= 0.4 else 0.25 if start < 0.05 else 0.2
    count = int((1 - start) / step + 1e-9)
    return [round(1 - step * place, 4) for place in range(count, -1, -1)]


def _percent(value: float) -> str:
    return f"{100 * value:.0f}{NBSP}%"


def _grid(start: float, height: int) -> Iterator[Markup]:
    for value in _ticks(start):
        y = TOP + (height - TOP - BOTTOM) * (1 - _share(value, start))
        yield tag("line", x1=pc(LEFT), x2=pc(LEFT + WIDTH), y1=y, y2=y, class_="grid")
        yield tag("text", _percent(value), x=pc(LEFT - 1.5), y=y + 4, class_="tick end")


def _path(corners: Sequence[tuple[float, float]], look: str) -> Markup:
    steps = [f"{'L' if place else 'M'}{coordinate(x)} {coordinate(y)}" for place, (x, y) in enumerate(corners)]
    return tag("path", d=" ".join(steps), class_=look, vector_effect="non-scaling-stroke")


def _stretched(paths: Sequence[Markup], height: int) -> Markup:
    """Paths take no per cent: a picture of 100 by 100 is stretched over the plot instead."""
    box = {"viewBox": "0 0 100 100", "preserveAspectRatio": "none", "overflow": "visible"}
    return tag("svg", *paths, x=pc(LEFT), y=TOP, width=pc(WIDTH), height=height - TOP - BOTTOM, **box)
