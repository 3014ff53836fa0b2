"""Files of wording beside a package's code."""

from __future__ import annotations

import functools
from importlib import resources
from typing import Any

import yaml


@functools.cache
def wording_file(package: str, name: str) -> dict[str, Any]:
    """What ``wording/<name>.yaml`` of a package of ours holds: texts by what they are for, their source and licence."""
    text = resources.files(package).joinpath("wording", f"{name}.yaml").read_text(encoding="utf-8")
    found: dict[str, Any] = yaml.safe_load(text)
    return found
