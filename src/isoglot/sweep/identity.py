"""What makes a setting this one and no other, and the name of its folder."""

from __future__ import annotations

import copy
import hashlib
import json
import os
import re
from collections.abc import Mapping
from typing import Any

from ..settings.dotted import ABSENT, at
from .setting import PATHS, each_path
from .values import consistency_defaults, plain


def canonical(effective: Mapping[str, Any], template: Mapping[str, Any]) -> dict[str, Any]:
    """What makes a setting this setting and no other, whatever its seed, and however it was written.

    Args:
        effective: a trial's run file as ``RunFile.to_dict`` gives it, defaults filled in.
        template: the setting's run, from which paths and all texts with ``{seed}`` are taken as written.

    Values of ``consistency`` that are the default are left out, so that settings which later versions add change
    nothing.
    """
    made = {key: copy.deepcopy(value) for key, value in effective.items() if key not in ("output", "code")}
    for section in ("trainer", "consistency"):
        if isinstance(made.get(section), dict):
            made[section].pop("seed", None)
    if "consistency" in made:
        plains = consistency_defaults()
        made["consistency"] = {k: v for k, v in made["consistency"].items() if k not in plains or plains[k] != v}
    _unfill(made, template)
    for section, key in PATHS:
        written_path = at(template, f"{section}.{key}")
        if written_path is not ABSENT:
            made[section][key] = each_path(written_path, os.path.normpath)
    return made


def _unfill(made: dict[str, Any], template: Mapping[str, Any]) -> None:
    for key, value in template.items():
        if isinstance(value, Mapping) and isinstance(made.get(key), dict):
            _unfill(made[key], value)
        elif key in made and "{seed}" in json.dumps(value, default=str):
            made[key] = value


def digest(value: Any) -> str:
    """A short hash of plain values."""
    return hashlib.sha256(plain(value).encode()).hexdigest()[:10]


def folder_name(name: str, identifier: str) -> str:
    """A folder's name: words of a setting's name, then its digest.

    Example:
        >>> folder_name("layer=2, weight=0.5", "ab12")
        'layer-2-weight-0.5-ab12'
    """
    words = re.sub(r"[^A-Za-z0-9.]+", "-", name).strip("-.")[:60].strip("-.")
    return f"{words}-{identifier}" if words else identifier
