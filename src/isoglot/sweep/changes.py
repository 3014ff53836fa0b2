"""What a sweep file changes in its run: grids and explicit settings, by dotted paths."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..errors import problem, short, unknown
from ..validation import refused, unlike

RUN_SECTIONS = ("model", "method", "data", "consistency", "peft", "trainer", "spectrum")
_SEEDS = ("trainer.seed", "consistency.seed")


@dataclass(frozen=True)
class Changes:
    """What one setting changes in the run.

    Attributes:
        values: dotted path -> value.
        where: place in the sweep file, for messages.
        name: as given, or None.
    """

    values: Mapping[str, Any]
    where: str
    name: str | None = None


def grids(found: Any) -> tuple[dict[str, list[Any]], ...]:
    """The grids of a sweep file: one mapping of dotted paths to lists of values, or a list of such mappings.

    Raises:
        PydanticCustomError: with everything that is wrong with them.
    """
    several = isinstance(found, list)
    made, problems = [], []
    for place, one in enumerate(found if several else [found]):
        where = f"grid[{place}]" if several else "grid"
        if not isinstance(one, dict) or not one:
            problems.append(problem(where, "a mapping of dotted paths to lists of values", short(one)))
            continue
        problems += misled(where, one)
        problems += [
            problem(f"{where}.{path}", "at least one value", "an empty list")
            for path, values in one.items()
            if values == []
        ]
        made.append({str(path): values if isinstance(values, list) else [values] for path, values in one.items()})
    if problems:
        raise refused(problems)
    return tuple(made)


def explicit(found: Any) -> tuple[Changes, ...]:
    """The explicit settings of a sweep file.

    Raises:
        PydanticCustomError: with everything that is wrong with them.
    """
    if not isinstance(found, list):
        raise unlike("a list of mappings")
    made, names, problems = [], set[str](), []
    for place, one in enumerate(found):
        where = f"settings[{place}]"
        if not isinstance(one, dict):
            problems.append(problem(where, "a mapping of dotted paths to values", short(one)))
            continue
        name = one.get("name")
        if name is not None:
            problems += _misnamed(f"{where}.name", name, names)
            names.add(str(name))
        values = {str(path): value for path, value in one.items() if path != "name"}
        problems += misled(where, values)
        made.append(Changes(values, where, name))
    if problems:
        raise refused(problems)
    return tuple(made)


def _misnamed(where: str, name: Any, taken: set[str]) -> list[str]:
    if not isinstance(name, str) or not name.strip():
        return [problem(where, "text", short(name))]
    if name in taken or name == "base":
        reason = "the model before training has it" if name == "base" else "it stands there twice"
        return [problem(where, "a name of its own", f"{short(name)} ({reason})")]
    return []


def misled(where: str, paths: Mapping[Any, Any]) -> list[str]:
    """Dotted paths that lead to no section of a run file; what is wrong within a section, its own check says."""
    found = []
    for path, value in paths.items():
        head = str(path).split(".")[0]
        whole = [one for one in (value if isinstance(value, list) else [value]) if isinstance(one, dict)]
        if path in _SEEDS or any(f"{path}.{key}" in _SEEDS for one in whole for key in one):
            found.append(problem(f"{where}.{path}", "anything but a seed", "a seed", "List the seeds under `seeds`"))
        elif head == "output":
            expected, got = "a setting that trials share", "the output, which each trial has for itself"
            found.append(problem(f"{where}.{path}", expected, got))
        elif head not in RUN_SECTIONS:
            found.append(unknown(f"{where}.{path}", "section", head, RUN_SECTIONS))
    return found


def first_among_shares(grids: Iterable[Mapping[str, Sequence[Any]]]) -> list[str]:
    """A sentence where 1, the first layer, stands among shares of the depth, of which 1.0 would be the last."""
    for grid in grids:
        values = grid.get("consistency.layer", ())
        layers = [layer for value in values for layer in (value if isinstance(value, list) else [value])]
        if any(type(layer) is int and layer == 1 for layer in layers) and any(isinstance(x, float) for x in layers):
            return ["consistency.layer: 1 is the first layer. The last one is 1.0, as a share of the depth, or -1."]
    return []
