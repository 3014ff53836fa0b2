"""One setting of a sweep: the grid multiplied out, the seed and the paths of a trial put in."""

from __future__ import annotations

import functools
import itertools
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..settings.dotted import changed
from .changes import Changes
from .names import names_of
from .sections import Sections

PATHS = (("data", "preferences"), ("data", "groups"), ("model", "path"), ("trainer", "chat_template_path"))


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
        """The run file of one trial: seed put in, paths made absolute."""
        run: dict[str, Any] = fill(self.run, seed)
        run["trainer"] = {} if run.get("trainer") is None else run["trainer"]
        for section in ("trainer", "consistency"):
            if isinstance(run.get(section), dict):
                run[section] = run[section] | {"seed": seed}
        for section, key in PATHS:
            values = run.get(section)
            if isinstance(values, dict) and key in values:
                full = functools.partial(resolved, folder=folder, may_be_a_name=section == "model")
                run[section] = values | {key: each_path(values[key], full)}
        code = run.get("code", ".")
        return run | {"output": str(output), "code": resolved(code, folder) if isinstance(code, str) else code}


def expand(file: Sections) -> list[Setting]:
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
    names = names_of(changes, runs)
    return [Setting(name, one.values, run, one.where) for name, one, run in zip(names, changes, runs, strict=True)]


def fill(value: Any, seed: int) -> Any:
    """The value with ``{seed}`` replaced in every text of it."""
    if isinstance(value, str):
        return value.replace("{seed}", str(seed))
    if isinstance(value, Mapping):
        return {key: fill(item, seed) for key, item in value.items()}
    if isinstance(value, list):
        return [fill(item, seed) for item in value]
    return value


def each_path(value: Any, change: Callable[[str], str]) -> Any:
    """The value with a path changed, that of a mapping, or each of a list; what is no text stays as it is."""
    if isinstance(value, list):
        return [each_path(item, change) for item in value]
    if isinstance(value, Mapping) and "path" in value:
        return {**value, "path": each_path(value["path"], change)}
    return change(value) if isinstance(value, str) else value


def resolved(path: str, folder: Path, *, may_be_a_name: bool = False) -> str:
    """A path made absolute from a folder; a model's name on the hub stays as it is."""
    full = folder / path
    if may_be_a_name and not full.exists():
        return path
    return os.path.normpath(full)
