"""SVG elements with everything escaped, and the parts that several charts share."""

from __future__ import annotations

import math
from collections.abc import Sequence

from markupsafe import Markup, escape

SERIES = 8  # as many colours and shapes as the style sheet has; further series begin again
GUTTER, WIDTH = 30.0, 66.0  # per cent of the chart: where the plot begins next to row labels, and its width
TOP, BOTTOM = 20, 6  # pixels: room for the axis above, and below

# Half the size of a marker is 5 pixels.
_SHAPES = (
    '<circle r="4.5"/>',
    '<rect x="-4" y="-4" width="8" height="8"/>',
    '<path d="M0-5.5 5.5 0 0 5.5-5.5 0z"/>',
    '<path d="M0-5.2 5 4H-5z"/>',
    '<path d="M0 5.2 5-4H-5z"/>',
    '<path d="M-1.7-5h3.4v3.3H5v3.4H1.7V5h-3.4V1.7H-5v-3.4h3.3z"/>',
    '<path d="M-5-3 0-5.5 5-3V3L0 5.5-5 3z"/>',
    '<path d="M0-5.5 1.5-1.7 5.5-1.5 2.4 1.2 3.4 5 0 2.9-3.4 5-2.4 1.2-5.5-1.5-1.5-1.7z"/>',
)


def tag(name: str, *children: str | Markup, **attributes: str | float | None) -> Markup:
    """An element. ``class_`` is the class, ``_`` in other names is ``-``; an attribute that is None is left out.

    Example:
        >>> str(tag("text", "a<b", x="5%", text_anchor="end"))
        '<text x="5%" text-anchor="end">a&lt;b</text>'
    """
    pairs = [(key.rstrip("_").replace("_", "-"), value) for key, value in attributes.items() if value is not None]
    written = "".join(f' {key}="{escape(coordinate(value))}"' for key, value in pairs)
    # Element and attribute names are ours; only values come from elsewhere.
    return Markup(f"<{name}{written}>{''.join(map(escape, children))}</{name}>")  # noqa: S704


def coordinate(value: str | float) -> str:
    """A number with at most two decimals and no trailing zero."""
    if isinstance(value, str):
        return value
    return f"{value:.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)


def pc(value: float) -> str:
    """A place along x, in per cent of the chart's width."""
    return f"{coordinate(float(value))}%"


def place(value: float) -> float:
    """Where a share lies along x, in per cent of the chart's width."""
    return GUTTER + WIDTH * value


def chart(label: str, height: int, *children: Markup, kind: str) -> Markup:
    """The outermost element; ``label`` says in words what the chart shows."""
    return tag("svg", *children, class_=f"chart {kind}", role="img", aria_label=label, width="100%", height=height)


def marker(series: int, x: str, y: float, title: str = "") -> Markup:
    """The mark of a series, centred at x (per cent) and y (pixels)."""
    shape = Markup(_SHAPES[series % SERIES])  # noqa: S704 - a constant of this file
    inside = [tag("title", title)] if title else []
    return tag("svg", tag("g", *inside, shape, class_=f"mark s{series % SERIES}"), x=x, y=y, overflow="visible")


def swatch(name: str, series: int | None = None) -> Markup:
    """A small key for a legend: the mark of a series, or a field of a part's colour (then ``name`` is its class)."""
    inside = marker(series, "7", 7) if series is not None else tag("rect", class_=name, width=14, height=14, rx=3)
    return tag("svg", inside, class_="swatch", width=14, height=14, aria_hidden="true")


def row_label(key: str, name: str, middle: float) -> Markup:
    """A row's label left of the plot: a key, then the name; cut off where the plot begins."""
    words = [tag("tspan", key, class_="key")]
    if name != key:
        words.append(tag("tspan", name, dx=6, class_="name"))
    text = tag("text", *words, tag("title", name), x=0, y=14)
    return tag("svg", text, x=0, y=middle - 10, width=pc(GUTTER - 1.5), height=20)


def heading(text: str, y: float) -> Markup:
    """A heading between rows, as wide as the chart."""
    return tag("text", text, x=0, y=y, class_="heading")


def share_axis(top: int, bottom: int) -> Markup:
    """Grid lines at every quarter of 0 to 100 %, labelled above."""
    parts = []
    for quarter in range(5):
        x = pc(place(quarter / 4))
        parts.append(tag("line", x1=x, x2=x, y1=top, y2=bottom, class_="grid"))
        parts.append(tag("text", f"{25 * quarter}" + "\u00a0%" * (quarter == 4), x=x, y=top - 7, class_="tick middle"))
    return tag("g", *parts, aria_hidden="true")


def ticks(low: float, high: float, count: int = 4) -> Sequence[float]:
    """Round values from ``low`` to ``high``, about as many as ``count``.

    Example:
        >>> ticks(0, 1), ticks(0, 23)
        ([0.0, 0.25, 0.5, 0.75, 1.0], [0.0, 5.0, 10.0, 15.0, 20.0])
    """
    if not high > low:
        return [low]
    rough = (high - low) / count
    unit = 10.0 ** math.floor(math.log10(rough))
    step = min((unit * factor for factor in (1, 2, 2.5, 5, 10)), key=lambda candidate: abs(candidate - rough))
    first = math.ceil(round(low / step, 9))
    last = math.floor(round(high / step, 9))
    return [round(step * place, 12) for place in range(first, last + 1)]


def share_bar(value: float, series: int) -> Markup:
    """A thin bar under a number in a table."""
    inside = tag("rect", x=0, y=0, width=pc(100 * value), height=3, rx=1.5, class_=f"part s{series % SERIES}")
    return tag("svg", inside, class_="share", width="100%", height=3, aria_hidden="true")
