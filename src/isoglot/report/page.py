"""Puts the page together: runs -> what each section shows -> HTML."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import jinja2

from .. import __version__
from ..files import write_text
from ..languages import LANGUAGES, is_rtl
from ..metrics import wilson
from .charts import Curve, Rate, curves, intervals, percent, stacks
from .collect import Run, collect
from .headline import headline
from .samples import choose_samples

OUTCOMES = ("safe", "unsafe", "invalid", "unsure", "failed")
ANSWER_LANGUAGES = ("own", "pivot", "other", "undetermined")
_CURVES = {
    "loss": "training loss",
    "consistency/loss": "consistency objective",
    "consistency/retention": "drift of harmless prompts",
    "consistency/leading_share_raw": "leading share of hidden states",
    "consistency/min_cosine": "least cosine in a group",
    "consistency/between_cosine": "cosine between groups",
}
_LAYERS = {
    "leading_share": ("leading share (1: the languages of a prompt lie on one line)", 0.0, 1.0),
    "min_cosine": ("least cosine within a prompt", None, 1.0),
    "between_cosine": ("cosine between prompts (near 1: collapsed)", None, 1.0),
    "effective_rank": ("effective rank", 1.0, None),
}
COLLAPSED = 0.98  # mean cosine between prompts, if it has also come half the way to 1 in training
LONGEST = 600  # characters shown of a response


def write_report(
    runs: Sequence[Path], output: Path, *, title: str | None = None, names: Sequence[str] | None = None
) -> Path:
    """Writes the page: one HTML file without scripts or remote resources, all text from files escaped.

    Args:
        runs: run directories or evaluations, in the order to show them.
        output: the file.
        title: of the page.
        names: of the runs; None: what they call themselves, or their folders' names.

    Returns:
        ``output``.

    Raises:
        DataError: for every folder that is no run.
    """
    collected = collect([Path(run) for run in runs], names)
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader(__package__),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"percent": percent, "number": _number, "language": _language, "clip": _clip}
    environment.tests["rtl"] = is_rtl
    page = environment.get_template("page.html.j2").render(
        title=title or "isoglot report", version=__version__, **_sections(collected)
    )
    return write_text(Path(output), page)


def _sections(runs: Sequence[Run]) -> dict[str, Any]:
    evaluated = [run for run in runs if run.kinds]
    kinds = dict.fromkeys(kind for run in evaluated for kind in run.kinds)
    return {
        "runs": runs,
        "headlines": [headline(run) for run in runs],
        "table": [_row(run) for run in evaluated],
        "kinds": [_kind(kind, runs) for kind in kinds],
        "outcomes": OUTCOMES,
        "answer_languages": ANSWER_LANGUAGES,
        "spectra": [_spectrum(place, run) for place, run in enumerate(runs) if run.spectrum],
        "curves": _log_curves(runs),
        "samples": choose_samples(runs) if any(run.answers for run in runs) else [],
    }


def _row(run: Run) -> dict[str, Any]:
    """The comparison table's line of a run."""
    slices = run.slices

    def rates(kind: str, measure: str) -> list[Rate]:
        return [_pooled(run, kind, measure, tags) for tags in slices.values()]

    return {
        "name": run.name,
        "measures": [
            rates("harmful", "refused"),
            rates("harmful", "refused_own"),
            rates("harmless", "answered_own"),
            rates("harmless", "refused"),
        ],
        "overall": {kind: found["overall"] for kind, found in run.kinds.items()},
    }


def _pooled(run: Run, kind: str, measure: str, tags: Sequence[str]) -> Rate:
    """Over several languages the prompts are the same ones, so an interval of independent trials would be too short."""
    k, n = run.pooled(kind, measure, tags)
    if n == 0:
        return Rate(None, None, None, 0)
    rate = wilson(k, n)
    return Rate(rate.value, rate.low, rate.high, n) if len(tags) == 1 else Rate(rate.value, None, None, n)


def _kind(kind: str, runs: Sequence[Run]) -> dict[str, Any]:
    """Charts of one kind of prompt, language by language."""
    names = [run.name for run in runs]
    tags = list(dict.fromkeys(tag for run in runs for tag in run.languages if tag in _languages(run, kind)))
    lines = []
    for tag in tags:
        found = [_languages(run, kind).get(tag) for run in runs]
        lines.append(
            {
                "tag": tag,
                "main": intervals(names, [_rate(f, _main(kind)) for f in found]),
                "refused": intervals(names, [_rate(f, "refused") for f in found]),
                "outcomes": stacks(names, [f and f["outcomes"] for f in found], OUTCOMES),
                "answers": stacks(names, [f and f["answer_language"] for f in found], ANSWER_LANGUAGES),
                "cells": [(_rate(f, _main(kind)), _rate(f, "safe_of_valid"), _rate(f, "refused")) for f in found],
            }
        )
    return {"kind": kind, "main": _main(kind), "lines": lines}


def _main(kind: str) -> str:
    return "answered_own" if kind == "harmless" else "safe"


def _languages(run: Run, kind: str) -> dict[str, Any]:
    return run.kinds.get(kind, {}).get("languages", {})


def _rate(found: dict[str, Any] | None, measure: str) -> Rate | None:
    return None if found is None else Rate(*(found[measure][key] for key in ("value", "low", "high", "n")))


def _spectrum(place: int, run: Run) -> dict[str, Any]:
    """One run's representations by layer, before (dashed) and after."""
    before, after = run.spectrum["before"], run.spectrum["after"]
    charts = []
    for kind in after["kinds"]:
        if kind == "all" and len(after["kinds"]) == 2:  # the same as the only kind
            continue
        for measure, (label, low, high) in _LAYERS.items():
            lines = [
                Curve(
                    f"{when}, {kind}", _points(state["layers"], state["kinds"][kind][measure]), place, when == "before"
                )
                for when, state in (("before", before), ("after", after))
            ]
            charts.append({"label": f"{kind}: {label}", **curves(lines, low=low, high=high)})
    was, is_now = (state["kinds"]["all"]["between_cosine"] for state in (before, after))
    collapsed = [
        layer
        for layer, old, new in zip(after["layers"], was, is_now, strict=True)
        if old is not None and new is not None and new > COLLAPSED and 1 - new < (1 - old) / 2
    ]
    return {"name": run.name, "place": place, "charts": [c for c in charts if "svg" in c], "collapsed": collapsed}


def _log_curves(runs: Sequence[Run]) -> list[dict[str, Any]]:
    found = []
    for key, label in _CURVES.items():
        lines = []
        for place, run in enumerate(runs):
            steps = [line["step"] for line in run.log if key in line]
            points = _points(steps, [line[key] for line in run.log if key in line])
            if points:
                lines.append(Curve(run.name, points, place))
        if lines:
            found.append({"label": label, **curves(lines)})
    return found


def _points(xs: Sequence[float], ys: Sequence[float | None]) -> list[tuple[float, float]]:
    return [(x, y) for x, y in zip(xs, ys, strict=True) if isinstance(y, (int, float)) and math.isfinite(y)]


def _number(value: Any, digits: int = 2) -> str:
    known = isinstance(value, (int, float)) and math.isfinite(value)
    return f"{value + 0.0:.{digits}f}".replace("-0.00", "0.00") if known else "–"


def _language(tag: str) -> str:
    return LANGUAGES[tag].name if tag in LANGUAGES else tag


def _clip(text: str) -> str:
    return text if len(text) <= LONGEST else text[:LONGEST] + " …"
