"""Numbers to marks: inline SVG whose horizontal positions are shares of the width, so that text stays text.

Every function returns markup that is safe to put on a page: all names are escaped.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from markupsafe import Markup, escape

LANE = 14  # height of one run's lane, in pixels
COLORS = 8  # classes s0 to s7 in the style sheet


class Rate(NamedTuple):
    """A share with its interval, 0 to 1; ``value`` None where there were no trials."""

    value: float | None
    low: float | None
    high: float | None
    n: int


def percent(value: float | None, digits: int = 0) -> str:
    """A share in per cent; a dash where there is none."""
    return "–" if value is None else f"{100 * value:.{digits}f} %"


def intervals(names: Sequence[str], rates: Sequence[Rate | None]) -> Markup:
    """One language's lane for each run: a dot with its interval on a scale from 0 to 100 %."""
    parts = [_grid(len(rates) * LANE)]
    for place, (name, rate) in enumerate(zip(names, rates, strict=True)):
        if rate is None or rate.value is None or rate.low is None or rate.high is None:
            continue
        y, color = place * LANE + LANE / 2, f"s{place % COLORS}"
        said = f"{name}: {percent(rate.value)} ({percent(rate.low)} to {percent(rate.high)}, n = {rate.n})"
        parts.append(
            Markup('<g class="{c}"><title>{t}</title>{line}<circle cx="{x:.2f}%" cy="{y}" r="4.5"/></g>').format(
                c=color, t=said, line=_line(rate.low, rate.high, y), x=100 * rate.value, y=y
            )
        )
    return _svg(len(rates) * LANE, parts, "rates with intervals")


def stacks(names: Sequence[str], counts: Sequence[Mapping[str, int] | None], classes: Sequence[str]) -> Markup:
    """One language's bar for each run, divided by class of answer."""
    parts: list[Markup] = []
    for place, (name, count) in enumerate(zip(names, counts, strict=True)):
        total = sum(count.get(key, 0) for key in classes) if count else 0
        if count is None or total == 0:
            continue
        start = 0.0
        for key in classes:
            width = 100 * count.get(key, 0) / total
            if width:
                said = f"{name}: {key} {count.get(key, 0)} of {total}"
                parts.append(_bar(key, start, place * LANE + 2, width, said))
            start += width
    return _svg(len(counts) * LANE, parts, "shares of answers")


class Curve(NamedTuple):
    """One line of a chart. ``color`` is the run's place; ``dashed`` marks the state before."""

    name: str
    points: Sequence[tuple[float, float]]
    color: int
    dashed: bool = False


def curves(lines: Sequence[Curve], *, low: float | None = None, high: float | None = None) -> dict[str, Any]:
    """Lines in a box that stretches to any width.

    Args:
        lines: with points (x, y).
        low: least y of the box; None: of the data.
        high: greatest y; None: of the data.

    Returns:
        ``svg`` and the ends of both axes (``x0, x1, y0, y1``), to be written beside it; empty without a point.
    """
    xs = [x for line in lines for x, _ in line.points]
    ys = [y for line in lines for _, y in line.points]
    if not xs:
        return {}
    x0, x1 = min(xs), max(xs)
    y0, y1 = min(ys) if low is None else low, max(ys) if high is None else high
    wide, tall = (x1 - x0) or 1.0, (y1 - y0) or 1.0
    parts = []
    for line in lines:
        path = " ".join(f"{100 * (x - x0) / wide:.2f},{100 - 100 * (y - y0) / tall:.2f}" for x, y in line.points)
        parts.append(
            Markup('<polyline class="s{c}{d}" points="{p}"><title>{t}</title></polyline>').format(
                c=line.color % COLORS, d=" dashed" if line.dashed else "", p=path, t=line.name
            )
        )
    svg = Markup('<svg class="curves" viewBox="0 0 100 100" preserveAspectRatio="none" role="img">{}</svg>')
    return {"svg": svg.format(Markup("").join(parts)), "x0": x0, "x1": x1, "y0": y0, "y1": y1}


def _grid(height: float) -> Markup:
    mark = Markup('<line class="grid" x1="{x}%" x2="{x}%" y1="0" y2="{height}"/>')
    return Markup("").join(mark.format(x=x, height=height) for x in (0, 25, 50, 75, 100))


def _line(low: float, high: float, y: float) -> Markup:
    return Markup('<line x1="{a:.2f}%" x2="{b:.2f}%" y1="{y}" y2="{y}"/>').format(a=100 * low, b=100 * high, y=y)


def _bar(key: str, x: float, y: float, width: float, said: str) -> Markup:
    bar = Markup('<rect class="k-{}" x="{:.2f}%" y="{}" width="{:.2f}%" height="{}"><title>{}</title></rect>')
    return bar.format(key, x, y, width, LANE - 4, said)


def _svg(height: float, parts: Sequence[Markup], label: str) -> Markup:
    return Markup('<svg class="lanes" width="100%" height="{}" role="img" aria-label="{}">{}</svg>').format(
        height, escape(label), Markup("").join(parts)
    )
