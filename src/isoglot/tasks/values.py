"""The kinds of values that users give tasks and scorers: inspect_ai reads what follows ``-T`` and ``-S`` as YAML.

So ``5`` is a number, ``no`` is false, and what commas part is a list.
"""

from __future__ import annotations

import os
from typing import Any

from ..amounts import whole_problems
from ..errors import ConfigError, problem, raise_all, short
from ..judges.named import FORMS

_EXPECTED = {
    "path": "the path of a file or folder",
    "paths": "the path of a file or folder, or several",
    "calibration": "the path of a file",
    "judge": FORMS,
    "languages": "language tags",
    "kind": "harmful or harmless",
    "download": "true or false",
}


def check_values(**values: Any) -> None:
    """Looks at what kind of value each parameter has, before any is used.

    Args:
        **values: by the parameter's name, of ``path`` ``paths`` where there may be several. None, but of a judge,
            stands for what nobody says.

    Raises:
        ConfigError: for all that cannot be, at once.
    """
    raise_all([line for name, value in values.items() for line in _wrong(name, value)], ConfigError)


def _wrong(name: str, value: Any) -> list[str]:
    if value is None and name != "judge":
        return []
    if name == "limit":
        return whole_problems(name, value, 1)
    if _fits(name, value):
        return []
    said = "path" if name == "paths" else name
    return [problem(said, _EXPECTED[name], short(value), _step(said, value))]


def _fits(name: str, value: Any) -> bool:
    parts = value if isinstance(value, (list, tuple)) else [value]
    if name == "download":
        return isinstance(value, bool)
    if name == "languages":
        return all(isinstance(part, str) for part in parts)
    if name == "paths":
        return all(isinstance(part, (str, os.PathLike)) for part in parts)
    return isinstance(value, (str, os.PathLike) if name in ("path", "calibration") else str)


def _step(name: str, value: Any) -> str:
    """How to write what YAML reads as something else; a shell takes one pair of quotes away."""
    listed = isinstance(value, (list, tuple))
    if name == "languages" and any(part is False for part in (value if listed else [value])):
        return f"""YAML reads no as false: write 'no', on a command line -T {name}="'no'\""""
    if name in ("path", "calibration") and not listed:
        return f"A file of that name is {name}=./NAME"
    return ""
