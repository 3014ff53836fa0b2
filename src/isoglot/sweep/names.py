"""Names of settings: made of what differs, each for one setting only."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from .changes import Changes
from .values import effective, plain, short_paths, written


def names_of(changes: Sequence[Changes], runs: Sequence[Mapping[str, Any]]) -> list[str]:
    """A name for each setting: the one given, or what it changes where settings differ.

    Args:
        changes: of each setting.
        runs: the run file's values of each, with its changes made.
    """
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
        if name in clash and not one.name and varies:  # different only by what another setting changes
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
