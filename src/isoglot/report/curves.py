"""Charts of training: representations by layer, before and after, and the log by step."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..amounts import is_number
from ..collect.run import Run
from ..errors import ConfigError
from ..models.layers import resolve_layer
from ..pages.charts import Line, grouped_bars, lines
from ..pages.words import decimal, percent, short
from ..runs import SpectrumKind
from .figures import Figure

LAYER_CURVES = {  # measure -> title, ends of y
    "leading_share": ("Leading share", 0.0, 1.0),
    "effective_rank": ("Effective rank", 1.0, None),
    "min_cosine": ("Minimum cosine within a prompt", None, 1.0),
    "between_cosine": ("Cosine between prompts", None, 1.0),
}
LOG_CURVES = {
    "loss": "Training loss",
    "consistency/loss": "Consistency loss",
    "consistency/retention": "Retention: drift of harmless prompts",
    "consistency/leading_share": "Leading share (of what is compared)",
    "consistency/leading_share_raw": "Leading share (of hidden states)",
    "consistency/effective_rank": "Effective rank",
    "consistency/min_cosine": "Minimum cosine within a prompt",
    "consistency/between_cosine": "Cosine between prompts",
}
LONGEST_TABLE = 20  # steps of a curve that its table shows


@dataclass(frozen=True)
class SpectrumSection:
    """One kind of prompt: curves by layer for all runs, spectra at one layer for each."""

    kind: str
    groups: int
    curves: Sequence[Figure]
    bars: Sequence[Figure]


def spectrum_sections(runs: Sequence[Run]) -> list[SpectrumSection]:
    """A section for each kind of prompt. ``all`` is left out where it is the same as the only kind."""
    spectra = [run.spectrum for run in runs if run.spectrum]
    kinds = dict.fromkeys(kind for s in spectra for time in (s.before, s.after) for kind in time.kinds)
    if len(kinds) == 2:
        kinds.pop("all", None)
    found = []
    for kind in sorted(kinds, key=lambda kind: kind == "all"):
        states = [state for s in spectra for time in (s.before, s.after) if (state := time.kinds.get(kind))]
        figures = [_by_layer(runs, kind, name) for name in LAYER_CURVES]
        bars = [_bars(place, run, kind) for place, run in enumerate(runs)]
        groups = max(state.groups for state in states)
        found.append(SpectrumSection(kind, groups, figures, [figure for figure in bars if figure]))
    return found


def _by_layer(runs: Sequence[Run], kind: str, name: str) -> Figure:
    title, low, high = LAYER_CURVES[name]
    curves, table, marked = [], [], set()
    for place, run in enumerate(runs):
        if run.spectrum is None:
            continue
        marked.add(layer_of(run))
        for when, states in (("before", run.spectrum.before.kinds), ("after", run.spectrum.after.kinds)):
            values = states[kind].curves.get(name, ()) if kind in states else ()
            if values:
                points = list(zip(map(float, run.spectrum.layers), values, strict=True))
                curves.append(Line(f"{run.name}, {when}", place, points, faint=when == "before"))
                table.append([f"{run.name}, {when}", *map(decimal, values)])
    layers = next(run.spectrum.layers for run in runs if run.spectrum)
    at = float(marked.pop() or 0) if len(marked) == 1 else None
    label = f"{title} by layer, before training dashed, after it solid. The numbers are in the table below."
    svg = lines(label, curves, x_name="layer", low=low, high=high, at=at or None)
    return Figure(title, svg, ["Layer", *map(str, layers)], table)


def _bars(place: int, run: Run, kind: str) -> Figure | None:
    spectrum = run.spectrum
    if spectrum is None:
        return None
    before, after = spectrum.before.kinds.get(kind), spectrum.after.kinds.get(kind)
    at = layer_of(run) or _most_changed(spectrum.layers, before, after)
    if at not in spectrum.layers:
        return None
    index = list(spectrum.layers).index(at)
    rows = [list(state.spectrum[index]) if state and state.spectrum else [] for state in (before, after)]
    if not any(rows):
        return None
    count = max(map(len, rows))
    table = [[when, *map(percent, row)] for when, row in zip(("before", "after"), rows, strict=True) if row]
    label = f"{run.name}: spectrum at layer {at}, before and after training. The numbers are in the table below."
    svg = grouped_bars(label, rows[0], rows[1], series=place, x_name="singular value")
    return Figure(f"{run.name}, layer {at}", svg, ["", *map(str, range(1, count + 1))], table, place)


def layer_of(run: Run) -> int | None:
    """The layer that the run's consistency term looked at; None where it says none, or several.

    Of what was recorded, so that a layer that is not there is none as well.
    """
    layer: Any = run.consistency.get("layer")
    depth = max(run.spectrum.layers) if run.spectrum else 0
    if isinstance(layer, list) and len(layer) == 1:
        layer = layer[0]
    if not depth:
        return None
    try:
        return resolve_layer(layer, depth)
    except ConfigError:
        return None


def _most_changed(layers: Sequence[int], before: SpectrumKind | None, after: SpectrumKind | None) -> int:
    """Where training looked at none: the layer whose top singular value's share changed most, else the middle one."""
    if before and after:
        pairs = [state.curves.get("leading_share", ()) for state in (before, after)]
        changes: dict[int, float] = {
            layer: abs(a - b) for layer, b, a in zip(layers, *pairs, strict=False) if a == a and b == b
        }
        if changes:
            return max(changes, key=lambda layer: changes[layer])
    return layers[len(layers) // 2]


def log_figures(runs: Sequence[Run]) -> list[Figure]:
    """A chart for each value of the log that any run has, a curve for each run."""
    found = []
    for key, title in LOG_CURVES.items():
        curves = [Line(run.name, place, points) for place, run in enumerate(runs) if (points := _points(run.log, key))]
        if not curves:
            continue
        table = [
            [curve.name, short(x), short(y) if not math.isnan(y) else "–"]
            for curve in curves
            for x, y in _thinned(curve.points)
        ]
        label = f"{title} by step: {', '.join(curve.name for curve in curves)}. The numbers are in the table below."
        svg = lines(label, curves, x_name="step")
        found.append(Figure(title, svg, ["Run", "Step", title], table))
    return found


def _points(log: Sequence[Mapping[str, Any]], key: str) -> list[tuple[float, float]]:
    """(step, value) of the lines that have both; a value that was not a number breaks the curve."""
    points = {}
    for line in log:
        step: Any = line.get("step")
        value: Any = line.get(key, "")
        if _drawable(step) and (value is None or _drawable(value)):
            points[float(step)] = float(value) if value is not None else math.nan
    return sorted(points.items()) if any(y == y for y in points.values()) else []


def _drawable(value: Any) -> bool:
    """Whether the value can be drawn: Python's reader of JSON also gives NaN, and integers beyond any float."""
    return is_number(value) and abs(value) < 1e300


def _thinned(points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    step = max(1, math.ceil(len(points) / LONGEST_TABLE))
    kept = list(points[::step])
    return kept if kept[-1] == points[-1] else [*kept, points[-1]]
