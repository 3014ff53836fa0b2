"""The page of a probe, made from what ``probe.json`` holds. It loads nothing, runs nothing, and escapes all text."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from .. import __version__
from ..escaping import visible
from ..metrics import Estimate, least_of_known, mean_of_known
from ..pages import charts
from ..pages.charts import Line
from ..pages.templates import environment, styled
from ..pages.words import DASH, between, decimal, language_name, percent
from .known import by_chance, known, read_back

PIVOT, MEAN, WORST = 1, 0, 7  # series of the report's charts: their colours and shapes
Record = Mapping[str, Any]


class _Curve(NamedTuple):
    name: str
    series: int
    of_layer: Callable[[Record], float]


def render(record: Record) -> str:
    """The page's HTML.

    Args:
        record: what ``probe.json`` holds.
    """
    template = environment(str(__package__)).get_template("probe.html.j2")
    pivot, languages = record["pivot"], record["languages"]
    html = template.render(
        **styled(),
        version=__version__,
        swatch=charts.swatch,
        record=record,
        depth=len(record["layers"]),
        near=None if record["near"] is None else percent(record["near"]),
        names={tag: language_name(tag) for tag in (pivot, *languages)},
        figures=[_figure(title, curves, record) for title, curves in _figures(pivot, languages).items()],
        rows=[_row(tag, record["estimates"].get(tag, {})) for tag in (pivot, *languages)],
    )
    return visible(html)


def _figures(pivot: str, languages: Sequence[str]) -> dict[str, list[_Curve]]:
    def one(name: str) -> Callable[[Record], float]:
        return lambda layer: _known(layer[name])

    def over(name: str, of: Callable[[list[float]], float]) -> Callable[[Record], float]:
        return lambda layer: of([_known(layer[name].get(tag)) for tag in languages])

    return {
        "Told apart (0.5 by chance)": [
            _Curve(f"in {pivot}", PIVOT, lambda layer: _known(layer["separability"].get(pivot))),
            _Curve("elsewhere, mean", MEAN, over("separability", mean_of_known)),
            _Curve("worst language", WORST, over("separability", least_of_known)),
        ],
        "Gap": [
            _Curve(f"in {pivot}", PIVOT, lambda layer: _known(layer["gap"].get(pivot))),
            _Curve("elsewhere, mean", MEAN, over("gap", mean_of_known)),
            _Curve("worst language", WORST, over("gap", least_of_known)),
        ],
        "Translation found": [
            _Curve("mean", MEAN, over("retrieval", mean_of_known)),
            _Curve("worst language", WORST, over("retrieval", least_of_known)),
        ],
        "Silhouettes": [_Curve("by meaning", 2, one("meaning")), _Curve("by language", 3, one("language"))],
        "Cosine": [_Curve("of translations", 2, one("translations")), _Curve("of other prompts", 3, one("others"))],
        "Leading share": [
            _Curve("in the space", 2, one("leading_share")),
            _Curve("of the states as they are", 3, one("leading_share_raw")),
        ],
    }


def _figure(title: str, curves: Sequence[_Curve], record: Record) -> dict[str, Any]:
    layers = record["layers"]
    drawn = [
        Line(curve.name, curve.series, [(float(layer["layer"]), curve.of_layer(layer)) for layer in layers])
        for curve in curves
    ]
    label = f"{title} by layer: {', '.join(curve.name for curve in curves)}. The numbers are in the table below."
    return {
        "title": title,
        "curves": curves,
        "svg": charts.lines(label, drawn, x_name="layer", at=float(record["recommended_layer"])),
        "rows": [[curve.name, *(decimal(value) for _, value in curve.points)] for curve in drawn],
    }


def _row(tag: str, by: Mapping[str, Record]) -> list[str]:
    """A language's cells: values with their intervals."""
    estimates = read_back(by)
    there = known(estimates)
    told, right, hits = (there.get(name) for name in ("separability", "transfer", "retrieval"))
    shares = [f"{percent(one.value)} ({between(one.low, one.high)})" if one else DASH for one in (right, hits)]
    numbers = [_with_ends(one) if one else DASH for one in (told, there.get("gap"), there.get("shift"))]
    return [tag, numbers[0], shares[0], numbers[1], numbers[2], shares[1], percent(by_chance(estimates))]


def _with_ends(one: Estimate) -> str:
    return f"{decimal(one.value)} ({decimal(one.low)} to {decimal(one.high)})"


def _known(value: float | None) -> float:
    return math.nan if value is None else value
