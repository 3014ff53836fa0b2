"""Settings: the grid multiplied out, names for what differs, and equal ones found."""

from __future__ import annotations

import copy
import dataclasses
import functools
import hashlib
import itertools
import json
import os
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .sweep_file import Changes, SweepFile

ABSENT = object()  # what a path leads to that is not there
DEFAULT = "default"  # what stands for a value that is not written and not known here
_PATHS = (("data", "preferences"), ("data", "groups"), ("model", "path"))


@dataclass(frozen=True)
class Setting:
    """One way to run: everything but the seed.

    Attributes:
        name: as given, or made of what differs.
        changes: dotted path -> value, as written in the sweep file.
        run: the run file's values with the changes made; no seed, ``{seed}`` not filled in, paths as written.
        where: place in the sweep file, for messages.
    """

    name: str
    changes: Mapping[str, Any]
    run: Mapping[str, Any]
    where: str

    def filled(self, seed: int, folder: Path, output: Path) -> dict[str, Any]:
        """The run file of one cell: seed put in, paths made absolute."""
        run = fill(self.run, seed)
        run["trainer"] = dict(run.get("trainer") or {}) | {"seed": seed}
        if isinstance(run.get("consistency"), dict):
            run["consistency"] = run["consistency"] | {"seed": seed}
        for section, key in _PATHS:
            values = run.get(section)
            if isinstance(values, dict) and isinstance(values.get(key), str):
                run[section] = values | {key: resolved(values[key], folder, may_be_a_name=section == "model")}
        return run | {"output": str(output)}


def expand(file: SweepFile) -> list[Setting]:
    """All settings of a sweep file: grids multiplied out, then the explicit ones, each with a name of its own.

    A file with neither has one setting: the run as it is.
    """
    changes = [
        Changes(dict(zip(grid, values, strict=True)), f"grid[{place}]" if len(file.grid) > 1 else "grid")
        for place, grid in enumerate(file.grid)
        for values in itertools.product(*grid.values())
    ]
    changes += file.settings
    runs = [changed(file.run, one.values) for one in changes or [Changes({}, "run")]]
    changes = changes or [Changes({}, "run", "run")]
    names = _names(changes, runs)
    return [Setting(name, one.values, run, one.where) for name, one, run in zip(names, changes, runs, strict=True)]


def changed(run: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """The run with changes made, whole sections before what is in them; None removes a section."""
    made = copy.deepcopy(dict(run))
    for path, value in sorted(changes.items(), key=lambda item: item[0].count(".")):
        *parents, last = path.split(".")
        inside = made
        for name in parents:
            if not isinstance(inside.get(name), dict):
                inside[name] = {}
            inside = inside[name]
        if value is None and not parents:
            inside.pop(last, None)
        else:
            inside[last] = copy.deepcopy(value)
    return made


def fill(value: Any, seed: int) -> Any:
    """The value with ``{seed}`` replaced in every text of it."""
    if isinstance(value, str):
        return value.replace("{seed}", str(seed))
    if isinstance(value, Mapping):
        return {key: fill(item, seed) for key, item in value.items()}
    if isinstance(value, list):
        return [fill(item, seed) for item in value]
    return value


def resolved(path: str, folder: Path, *, may_be_a_name: bool = False) -> str:
    """A path made absolute from a folder; a model's name on the hub stays as it is."""
    full = folder / path
    if may_be_a_name and not full.exists():
        return path
    return os.path.normpath(full)


def at(run: Mapping[str, Any], path: str) -> Any:
    """What a dotted path leads to; ``ABSENT`` where there is nothing."""
    found: Any = run
    for name in path.split("."):
        if not isinstance(found, Mapping) or name not in found:
            return ABSENT
        found = found[name]
    return found


def effective(run: Mapping[str, Any], path: str) -> Any:
    """What a setting has at a dotted path, written or by default; ``ABSENT`` in a section that it does without.

    Example:
        >>> effective({"consistency": {}}, "consistency.weight"), effective({"trainer": {}}, "trainer.beta")
        (2.0, 'default')
    """
    found, (section, _, key) = at(run, path), path.partition(".")
    if found is not ABSENT or not key:
        return found
    if section in ("consistency", "peft") and not isinstance(run.get(section), Mapping):
        return ABSENT
    return _consistency_defaults().get(key, DEFAULT) if section == "consistency" else DEFAULT


@functools.cache
def _consistency_defaults() -> dict[str, Any]:
    from ..consistency import Consistency

    defaults = {item.name: item.default for item in dataclasses.fields(Consistency)}
    return {name: list(value) if isinstance(value, tuple) else value for name, value in defaults.items()}


def written(value: Any) -> str:
    """A value as names and axes show it.

    Example:
        >>> written(0.5), written(None), written([1, 2]), written({"r": 8})
        ('0.5', 'none', '[1, 2]', '{r: 8}')
    """
    if value is None or value is ABSENT:
        return "none"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {written(item)}" for key, item in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(written, value)) + "]"
    return f"{value:g}" if isinstance(value, float) else str(value)


def short_paths(paths: Sequence[str]) -> dict[str, str]:
    """Each dotted path's last part, or the whole path where two end alike.

    Example:
        >>> short_paths(["consistency.layer", "trainer.seed", "consistency.seed"])
        {'consistency.layer': 'layer', 'trainer.seed': 'trainer.seed', 'consistency.seed': 'consistency.seed'}
    """
    ends = Counter(path.rpartition(".")[2] for path in paths)
    return {path: path if ends[path.rpartition(".")[2]] > 1 else path.rpartition(".")[2] for path in paths}


def _names(changes: Sequence[Changes], runs: Sequence[Mapping[str, Any]]) -> list[str]:
    paths = list(dict.fromkeys(path for one in changes for path in one.values))
    ends = short_paths(paths)

    def differs(path: str) -> bool:
        alike = all(path in one.values and one.values[path] == changes[0].values[path] for one in changes)
        return not alike and len({plain(effective(run, path)) for run in runs}) > 1  # alike, but for what is inside

    varies = [path for path in paths if differs(path)]
    names = []
    for one in changes:
        wanted = [path for path in one.values if path in varies] or list(one.values)
        names.append(one.name or ", ".join(f"{ends[path]}={written(one.values[path])}" for path in wanted) or "run")
    clash = {name for name, count in Counter(names).items() if count > 1}
    for place, (name, one, run) in enumerate(zip(names, changes, runs, strict=True)):
        if name in clash and not one.name and varies:  # told apart only by what another setting changes
            names[place] = ", ".join(f"{ends[path]}={written(effective(run, path))}" for path in varies)
    return _told_apart(names, changes, runs)


def _told_apart(names: Sequence[str], changes: Sequence[Changes], runs: Sequence[Mapping[str, Any]]) -> list[str]:
    """Names of which each stands for one setting only; those that were given stay."""
    given = {one.name: plain(run) for one, run in zip(changes, runs, strict=True) if one.name}
    taken: dict[str, str] = {"base": "", **given}  # name -> whose
    found = []
    for name, one, run in zip(names, changes, runs, strict=True):
        number, free = 1, name
        while not one.name and taken.setdefault(free, plain(run)) != plain(run):
            number += 1
            free = f"{name} ({number})"
        found.append(free)
    return found


def plain(value: Any) -> str:
    """One text for equal plain values."""
    return "absent" if value is ABSENT else json.dumps(value, sort_keys=True, default=str)


def canonical(effective: Mapping[str, Any], template: Mapping[str, Any]) -> dict[str, Any]:
    """What makes a setting this setting and no other, whatever its seed, and however it was written.

    Args:
        effective: a cell's run file as ``RunFile.to_dict`` gives it, defaults filled in.
        template: the setting's run, from which paths and all texts with ``{seed}`` are taken as written.

    Values of ``consistency`` that are the default are left out, so that settings which later versions add change
    nothing.
    """
    made = {key: copy.deepcopy(value) for key, value in effective.items() if key != "output"}
    for section in ("trainer", "consistency"):
        if isinstance(made.get(section), dict):
            made[section].pop("seed", None)
    if "consistency" in made:
        plains = _consistency_defaults()
        made["consistency"] = {k: v for k, v in made["consistency"].items() if k not in plains or plains[k] != v}
    _unfill(made, template)
    for section, key in _PATHS:
        written_path = at(template, f"{section}.{key}")
        if isinstance(written_path, str):
            made[section][key] = os.path.normpath(written_path)
    return made


def _unfill(made: dict[str, Any], template: Mapping[str, Any]) -> None:
    for key, value in template.items():
        if isinstance(value, Mapping) and isinstance(made.get(key), dict):
            _unfill(made[key], value)
        elif key in made and "{seed}" in json.dumps(value, default=str):
            made[key] = value


def digest(value: Any) -> str:
    """A short hash of plain values."""
    return hashlib.sha256(plain(value).encode()).hexdigest()[:10]


def folder_name(name: str, identifier: str) -> str:
    """A folder's name: words of a setting's name, then its digest.

    Example:
        >>> folder_name("layer=2, weight=0.5", "ab12")
        'layer-2-weight-0.5-ab12'
    """
    words = re.sub(r"[^A-Za-z0-9.]+", "-", name).strip("-.")[:60].strip("-.")
    return f"{words}-{identifier}" if words else identifier
