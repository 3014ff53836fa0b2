"""Utility that was measured again: how far each task's numbers have moved, sample by sample."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ..checked import checked
from ..runs.utility import UTILITY, Utility
from .families import Chosen
from .numbers import read_numbers
from .samples import Sample, read_samples, samples_path
from .summary import summarise


def moved(before: Path, now: Path) -> dict[str, Any]:
    """What came out differently.

    Args:
        before, now: folders with a ``utility.json``; none of it need be there.

    Returns:
        Task -> ``before`` and ``now``, the mean of the languages that both have, and ``difference``, paired; each an
        estimate.
    """
    there, here = _measured(before), _measured(now)
    both = [one for one in here if one in there]
    old, new = ({one: found[one] for one in both} for found in (there, here))
    was = summarise(old)
    return {
        name: {"before": was[name]["mean"], "now": found["mean"], "difference": found["difference"]}
        for name, found in summarise(new, old).items()
    }


def _measured(folder: Path) -> Mapping[Chosen, Sequence[Sample]]:
    found: Utility = checked(Utility, read_numbers(folder), UTILITY)
    tasks = [Chosen(name, tag, one.task) for name, task in found.tasks.items() for tag, one in task.languages.items()]
    return {one: read_samples(path) for one in tasks if (path := samples_path(folder, one.task)).is_file()}
