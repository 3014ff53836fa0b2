"""Files of wording beside a package's code."""

from __future__ import annotations

import functools
from typing import Any

from ..packaged import packaged_yaml


@functools.cache
def wording_file(package: str, name: str) -> dict[str, Any]:
    """What ``wording/<name>.yaml`` of a package of ours holds: texts by what they are for, their source and licence."""
    found: dict[str, Any] = packaged_yaml(package, "wording", f"{name}.yaml")
    return found
