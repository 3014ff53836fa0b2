"""Whether what ``trainer.report_to`` names is there: the trainer itself says so only once the model is loaded."""

from __future__ import annotations

import functools
from typing import Any

from ..errors import problem, unknown


def missing_trackers(named: Any) -> list[str]:
    """What is wrong with the trackers that a run file names.

    Args:
        named: a name, a list of names, or None.
    """
    from transformers.integrations import integration_utils as trackers

    names = named if isinstance(named, list) else [named]
    there = functools.cache(trackers.get_available_reporting_integrations)  # it imports much
    found = []
    for name in names:
        if name in (None, "none", "all"):
            continue
        if name not in trackers.INTEGRATION_TO_CALLBACK:
            found.append(unknown("trainer.report_to", "tracker", name, ["none", *trackers.INTEGRATION_TO_CALLBACK]))
        elif name not in there() and name != "flyte":  # which that list leaves out
            found.append(problem("trainer.report_to", "an installed tracker", repr(name), "Install it, or set none"))
    return found
