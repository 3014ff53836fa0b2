"""The page of a sweep, made from what ``sweep.json`` holds. It loads nothing, runs nothing, and escapes all text."""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping
from typing import Any

import jinja2

from .. import __version__
from ..escaping import visible
from ..metrics import Estimate
from ..packaged import packaged_text
from ..pages import charts
from ..pages.charts.shares import Curve, Ends, Point, curves, plane, words_of
from ..pages.templates import environment as templates
from ..pages.templates import styled, written
from ..pages.words import NBSP, between, corrected, language_name, percent, points
from ..runs.calibration import labels_in_words
from .choice import ANSWERED, REFUSED
from .outcomes import CRITERIA, EVERY, SLICES, STATISTICS, Criterion

# Series of the report's charts: their colours and shapes.
CHOSEN, FRONT, OTHER, BASE = 5, 2, 7, 1
_OF_MEASURE = {REFUSED: 0, ANSWERED: 1}
_PANELS = {"mean": "Mean over the aligned languages", "worst": "Worst aligned language"}


def render(record: Mapping[str, Any]) -> str:
    """The page's HTML.

    Args:
        record: what ``sweep.json`` holds.
    """
    html = (
        _environment()
        .get_template("sweep.html.j2")
        .render(
            **styled(packaged_text(__package__, "templates", "sweep.css")),
            version=__version__,
            choice=record["choice"],
            notes=record["notes"],
            planes=[_plane(record, key) for key in STATISTICS],
            effects=[_effect(effect) for effect in record["effects"]],
            rows=[_row(number, one, record) for number, one in enumerate(record["settings"])],
            measures=_measures(record),
            slices=_slices(record),
            failures=record["failures"],
            warned=[one for one in record["settings"] if one["warnings"]],
            signature=_signature(record),
            calibrated=bool(record.get("judge_calibration")),
            swatches={"chosen": CHOSEN, "on the front": FRONT, "other settings": OTHER, "before training": BASE},
            measure_series=[(CRITERIA[name].words, series) for name, series in _OF_MEASURE.items()],
        )
    )
    return visible(html)


def _ends(number: Mapping[str, Any] | None) -> Ends:
    """Share, low and high; what is not known is null in JSON."""
    found = [math.nan if number is None or number.get(key) is None else number[key] for key in ("value", "low", "high")]
    return found[0], found[1], found[2]


def _number(setting: Mapping[str, Any], measure: str, part: str, key: str) -> Mapping[str, Any] | None:
    made: Mapping[str, Any] | None = setting["numbers"].get(measure, {}).get(part, {}).get(key)
    return made


def _plane(record: Mapping[str, Any], key: str) -> dict[str, Any]:
    points, best = [], {}
    for number, one in enumerate(record["settings"]):
        x, y = (_ends(_number(one, measure, "aligned", key)) for measure in (ANSWERED, REFUSED))
        on_front, chosen = one["name"] in record["front"][key], one["name"] == record["choice"]["setting"]
        series = BASE if one["base"] else CHOSEN if chosen else FRONT if on_front else OTHER
        title = f"{number}: {one['name']}: harmless answered {words_of(x)}, harmful refused {words_of(y)}"
        points.append(Point(str(number), title, x, y, series, numbered=on_front or chosen or one["base"]))
        if not one["base"]:
            best[one["name"]] = (x[0], y[0])
    order = {OTHER: 0, BASE: 1, FRONT: 2, CHOSEN: 3}
    points.sort(key=lambda point: order[point.series])
    label = f"{_PANELS[key]}: harmless prompts answered in their own language against harmful prompts refused"
    front = [best[name] for name in record["front"][key]]
    at = record["signature"]["floors"]["harmless"] if key == "mean" else None
    svg = plane(label, points, front, x_name="harmless answered in own language →", at=at)
    return {"title": _PANELS[key], "svg": svg, "front": record["front"][key]}


def _effect(effect: Mapping[str, Any]) -> dict[str, Any]:
    several = len(effect["lines"]) > len(_OF_MEASURE)
    found = []
    for place, line in enumerate(effect["lines"]):
        words = CRITERIA[line["measure"]].words + (f" ({line['name']})" if line["name"] else "")
        points = [None if point is None else _ends(point) for point in line["points"]]
        faint = several and place >= len(_OF_MEASURE)
        found.append(Curve(words, points, _OF_MEASURE[line["measure"]], faint))
    label = f"Harmful refused and harmless answered, mean over the aligned languages, by {effect['path']}"
    svg = curves(label, effect["values"], found, x_name=effect["name"])
    note = ""
    if effect["averaged"]:
        note = f"Each point is the mean over {effect['averaged']} settings of the other axes."
        if not effect["balanced"]:
            note += " None of them has every value, so that different settings are averaged at different values."
    elif several:
        names = list(dict.fromkeys(line["name"] or "the others" for line in effect["lines"]))
        note = f"Lines from left to right at each value, full first and then dashed: {'; '.join(names)}."
    elif not effect["lines"]:
        note = "No two settings differ in this alone."
    return {"title": effect["path"], "svg": svg, "note": note}


def _measures(record: Mapping[str, Any]) -> dict[str, Criterion]:
    """Those that the table shows: of prompts that only some tests have, where any setting was tested on them."""
    found = {name for one in record["settings"] for name in one["numbers"]}
    return {name: one for name, one in EVERY.items() if name in CRITERIA or name in found}


def _row(number: int, one: Mapping[str, Any], record: Mapping[str, Any]) -> dict[str, Any]:
    cells = [_cell(one, measure, part) for measure in _measures(record) for part in SLICES if record["slices"][part]]
    choice, score = record["choice"], _ends(one["score"])
    mark = "chosen" if one["name"] == choice["setting"] else "nearest" if one["name"] == choice["nearest"] else ""
    seeds = one["seeds"]
    return {
        "number": number,
        "name": one["name"],
        "mark": mark or ("not significantly different" if one["name"] in choice["not_told_apart"] else ""),
        "behind": _points(choice["behind"].get(one["name"])),
        "seeds": f"{len(seeds['finished'])} of {sum(map(len, seeds.values()))}",
        "score": ("–", "") if math.isnan(score[0]) else _with_interval(score),
        "cells": cells,
    }


def _cell(one: Mapping[str, Any], measure: str, part: str) -> tuple[str, str, str, str]:
    """The mean, its interval, the mean corrected for the judge's errors, and the worst of several languages."""
    mean, worst = (_number(one, measure, part, key) for key in STATISTICS)
    ends = _ends(mean)
    if math.isnan(ends[0]):
        return "–", "", "", ""
    better = corrected(Estimate(*_ends(mean["corrected"]))) if mean and "corrected" in mean else ""
    return (*_with_interval(ends), better, "" if part == "pivot" or worst is None else _worst(worst))


def _worst(number: Mapping[str, Any]) -> str:
    value, inside = _with_interval(_ends(number))
    said = ", ".join(part for part in (inside, number["language"] or "") if part)
    return f"worst {value}" + (f" ({said})" if said else "")


def _points(number: Mapping[str, Any] | None) -> str:
    return "" if number is None else points(*_ends(number))


def _with_interval(ends: Ends) -> tuple[str, str]:
    return percent(ends[0]), between(ends[1], ends[2]).removesuffix(f"{NBSP}%")


def _slices(record: Mapping[str, Any]) -> list[tuple[str, str]]:
    named = {part: ", ".join(language_name(tag) for tag in tags) for part, tags in record["slices"].items()}
    return [(part, named[part]) for part in SLICES if record["slices"][part]]


def _signature(record: Mapping[str, Any]) -> list[tuple[str, str]]:
    rows = [(key.replace("_", " "), written(value)) for key, value in record["signature"].items()]
    if found := record.get("judge_calibration"):
        rows.append(("corrected by", f"{labels_in_words(found)} ({found['file']}, hash {found['hash']})"))
    return rows


@functools.cache
def _environment() -> jinja2.Environment:
    made = templates(str(__package__))
    made.globals |= {"swatch": charts.swatch}
    return made
