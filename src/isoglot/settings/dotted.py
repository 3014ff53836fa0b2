"""Values of a file by dotted paths: ``trainer.learning_rate``."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any

from ..errors import ConfigError, problem, raise_all, short
from .yaml_file import parse_yaml

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


def assignments(
    texts: Sequence[str], where: str = "--set", form: str = "key=value, as in consistency.weight=1"
) -> dict[str, Any]:
    """Changes as people write them on a command line, a value as it stands in a file; of one path the last counts.

    Raises:
        ConfigError: with everything that is no ``path=value``.

    Example:
        >>> assignments(["consistency.weight=1", "peft={r: 8}", "consistency.space=raw"])
        {'consistency.weight': 1, 'peft': {'r': 8}, 'consistency.space': 'raw'}
    """
    made, problems = {}, []
    for text in texts:
        path, _, value = text.partition("=")
        if not value.strip() or not all(part.strip() for part in path.split(".")):
            problems.append(problem(where, form, short(text)))
            continue
        try:
            made[path.strip()] = parse_yaml(value)
        except ValueError as error:
            problems.append(problem(f"{where} {path.strip()}", "a value as in YAML", f"{short(value)} ({error})"))
    raise_all(problems, ConfigError)
    return made
