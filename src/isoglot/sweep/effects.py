"""What one axis does: both measures over its values, other axes held fixed or averaged over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .choice import ANSWERED, REFUSED
from .numbers import Number, Numbers, combined
from .plan import Planned
from .values import effective, plain, short_paths, written

MOST_LINES = 3  # a measure; more of them hide each other


def effects(settings: Sequence[tuple[Planned, Numbers]], axes: Mapping[str, Sequence[Any]]) -> list[dict[str, Any]]:
    """For each axis the curves of its picture, as plain values.

    Args:
        settings: those with numbers, no base models.
        axes: dotted path -> values in order.

    Returns:
        For each axis ``path``, ``name``, ``values`` (as shown), ``averaged`` (over how many settings of the other
        axes, or None), ``balanced`` (whether each of these has every value), and ``lines``: ``name``, ``measure``,
        ``points`` (a number or None for each value).
    """
    ends = short_paths(list(axes))
    found = []
    for path, values in axes.items():
        groups, names = _grouped(settings, path, axes, ends)
        places = [plain(value) for value in values]
        whole = {key: group for key, group in groups.items() if all(place in group for place in places)}
        effect = {"path": path, "name": ends[path], "values": [written(value) for value in values]}
        if len(groups) > MOST_LINES:
            lines = _lines({"": list((whole or groups).values())}, places, {"": ""})
            found.append({**effect, "averaged": len(whole or groups), "balanced": bool(whole), "lines": lines})
        else:
            lines = _lines({key: [group] for key, group in groups.items()}, places, names)
            found.append({**effect, "averaged": None, "balanced": True, "lines": lines})
    return found


def _grouped(
    settings: Sequence[tuple[Planned, Numbers]], path: str, axes: Mapping[str, Any], ends: Mapping[str, str]
) -> tuple[dict[str, dict[str, Numbers]], dict[str, str]]:
    """Settings that differ in one axis only: key -> value -> numbers, for two values or more; and key -> name."""
    groups: dict[str, dict[str, Numbers]] = {}
    others: dict[str, dict[str, Any]] = {}
    for planned, numbers in settings:
        fixed = {other: effective(planned.run, other) for other in axes if other != path}
        key = plain([[*fixed.items()], {name: value for name, value in planned.changes.items() if name not in axes}])
        groups.setdefault(key, {})[plain(effective(planned.run, path))] = numbers
        others[key] = fixed
    groups = {key: group for key, group in groups.items() if len(group) > 1}
    # A line is named by what differs from the others, or, alone, by nothing.
    apart = [other for other in axes if other != path and len({plain(others[key][other]) for key in groups}) > 1]
    return groups, {key: ", ".join(f"{ends[o]}={written(others[key][o])}" for o in apart) for key in groups}


def _lines(
    groups: Mapping[str, Sequence[Mapping[str, Numbers]]], places: Sequence[str], names: Mapping[str, str]
) -> list[dict[str, Any]]:
    """Two lines for each group of settings: at each value the mean over those that have it."""
    return [
        _line(
            names[key], measure, [_mean([one[place] for one in several if place in one], measure) for place in places]
        )
        for key, several in groups.items()
        for measure in (REFUSED, ANSWERED)
    ]


def _mean(numbers: Sequence[Numbers], measure: str) -> Number | None:
    found = [one.values[measure, "aligned", "mean"] for one in numbers if (measure, "aligned", "mean") in one.values]
    return found[0] if len(found) == 1 else combined(found) if found else None


def _line(name: str, measure: str, points: Sequence[Number | None]) -> dict[str, Any]:
    shown = [None if one is None else {"value": one.value, "low": one.low, "high": one.high} for one in points]
    return {"name": name, "measure": measure, "points": shown}
