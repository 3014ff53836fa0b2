"""What earlier calls left in a folder: it stays, but for what cannot be compared any more, which is said."""

from __future__ import annotations

import warnings
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from ..errors import some
from ..runs.utility import UTILITY, Utility
from ..validation import checked
from .families import Chosen
from .numbers import read_numbers
from .samples import Sample, read_samples, samples_path

_TOLD = 8  # languages that a warning names


def measured(folder: Path) -> dict[Chosen, list[Sample]]:
    """The samples of all that a folder's ``utility.json`` has numbers of, where they are there."""
    found: Utility = checked(Utility, read_numbers(folder), UTILITY)
    tasks = [Chosen(name, tag, one.task) for name, task in found.tasks.items() for tag, one in task.languages.items()]
    return {one: read_samples(path) for one in tasks if (path := samples_path(folder, one.task)).is_file()}


def other_languages(folder: Path, wanted: Collection[Chosen]) -> dict[Chosen, list[Sample]]:
    """The samples of the same families in other languages than those that are wanted now."""
    families, now = {one.family for one in wanted}, {(one.family, one.language) for one in wanted}
    there = measured(folder).items()
    return {one: made for one, made in there if one.family in families and (one.family, one.language) not in now}


def other_tasks(before: Mapping[str, Any], base: str, families: Collection[str]) -> dict[str, Any]:
    """The numbers of other families; without differences if those were to another base than ``base``."""
    found = {name: task for name, task in (before.get("tasks") or {}).items() if name not in families}
    return found if before.get("base", "") == base else {name: _without(task) for name, task in found.items()}


def all_missing(before: Mapping[str, Any], missing: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """Family -> languages that it does not have, of this call and those before."""
    tasks = before.get("tasks") or {}
    names = dict.fromkeys([*missing, *tasks])
    both = {name: [*missing.get(name, ()), *tasks.get(name, {}).get("missing", ())] for name in names}
    return {name: list(dict.fromkeys(tags)) for name, tags in both.items()}


def say_what_is_gone(path: Path, before: Mapping[str, Any], now: Mapping[str, Any]) -> None:
    """Warns of numbers that a call has left out: those without samples, and differences to a base that it has not.

    Args:
        path: of ``utility.json``.
        before: what it held.
        now: what it holds.
    """
    gone, bare = list[str](), list[str]()
    for name, task in (before.get("tasks") or {}).items():
        there, were = now["tasks"].get(name, {}).get("languages", {}), task.get("languages", {})
        compared = [tag for tag in were if tag in there and "difference" in were[tag]]
        gone += _named(name, [tag for tag in were if tag not in there])
        bare += _named(name, [tag for tag in compared if "difference" not in there[tag]])
    said = []
    if gone:
        said.append(f"Not there any more, as the samples are not: {'; '.join(gone)}.")
    if bare:
        said.append(
            f"Without a difference to {before.get('base')} now: {'; '.join(bare)}. To have it, give that --base."
        )
    if said:
        warnings.warn(f"{path}: {' '.join(said)}", stacklevel=3)


def _named(task: str, languages: Sequence[str]) -> list[str]:
    return [f"{task} in {some(languages, _TOLD)}"] if languages else []


def _without(task: Mapping[str, Any]) -> dict[str, Any]:
    """A task's numbers without differences."""
    languages = {tag: _dropped(one) for tag, one in task.get("languages", {}).items()}
    return {**_dropped(task), "languages": languages}


def _dropped(numbers: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in numbers.items() if name != "difference"}
