"""Values of settings: what a setting has, written or by default, and how names and axes show it."""

from __future__ import annotations

import functools
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from ..consistency import Consistency
from ..settings.dotted import ABSENT, at

DEFAULT = "default"  # what stands for a value that is not written and not known here


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
    return consistency_defaults().get(key, DEFAULT) if section == "consistency" else DEFAULT


@functools.cache
def consistency_defaults() -> dict[str, Any]:
    """The default of every setting of the term, as a file would have it."""
    defaults = {name: field.default for name, field in Consistency.model_fields.items()}
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


def plain(value: Any) -> str:
    """One text for equal plain values."""
    return "absent" if value is ABSENT else json.dumps(value, sort_keys=True, default=str)
