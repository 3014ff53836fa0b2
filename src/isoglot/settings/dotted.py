"""Values of a file by dotted paths: ``trainer.learning_rate``."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

ABSENT = object()  # what a path leads to that is not there


def at(values: Mapping[str, Any], path: str) -> Any:
    """What a dotted path leads to; ``ABSENT`` where there is nothing.

    Example:
        >>> at({"trainer": {"beta": 0.1}}, "trainer.beta"), at({}, "trainer.beta") is ABSENT
        (0.1, True)
    """
    found: Any = values
    for name in path.split("."):
        if not isinstance(found, Mapping) or name not in found:
            return ABSENT
        found = found[name]
    return found


def changed(values: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """The values with changes made, whole sections before what is in them; None removes a section.

    Example:
        >>> changed({"method": "dpo", "peft": {"r": 8}}, {"peft": None, "trainer.beta": 0.2})
        {'method': 'dpo', 'trainer': {'beta': 0.2}}
    """
    made = copy.deepcopy(dict(values))
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
