"""Utility that was measured again: how far each task's numbers have moved, sample by sample."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from .earlier import measured
from .summary import summarise


def moved(before: Path, now: Path) -> dict[str, Any]:
    """What came out differently.

    Args:
        before, now: folders with a ``utility.json``; none of it need be there.

    Returns:
        Task -> ``before`` and ``now``, the mean of the languages that both have, and ``difference``, paired; each an
        estimate.
    """
    there, here = measured(before), measured(now)
    both = [one for one in here if one in there]
    old, new = ({one: found[one] for one in both} for found in (there, here))
    was = summarise(old)
    return {
        name: {"before": was[name]["mean"], "now": found["mean"], "difference": found["difference"]}
        for name, found in summarise(new, old).items()
    }
