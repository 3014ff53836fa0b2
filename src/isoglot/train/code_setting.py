"""What the values of a run file say of code of the user's own."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..settings.dotted import at

SETTING = "consistency.objective"  # which may name such code


def names_code(values: Mapping[str, Any]) -> bool:
    """Whether the values of a run file name an objective as ``package.module:function``, which is imported."""
    return module_of(at(values, SETTING)) is not None


def with_code_folder(values: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """The values of a run file in a folder, where code of its own is looked for unless it says ``code``."""
    return {"code": str(folder)} | dict(values)


def module_of(objective: Any) -> str | None:
    """The module of ``package.module:function``; None for what names none."""
    return objective.partition(":")[0] if isinstance(objective, str) and ":" in objective else None
