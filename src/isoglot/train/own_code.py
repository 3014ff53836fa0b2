"""Code of the user's own that a run file names: where it stands, and what it was when the run began."""

from __future__ import annotations

import importlib.util
from pathlib import Path

from .environment import content_hash
from .run_file import RunFile


def own_objective(run: RunFile) -> Path | None:
    """The file of an objective that a run imports as ``package.module:function``; None for the library's own.

    A module without a file, or one that is not found, is None too: importing it says what is wrong.
    """
    named = run.consistency.objective if run.consistency is not None else ""
    if not isinstance(named, str) or ":" not in named:
        return None
    try:
        spec = importlib.util.find_spec(named.partition(":")[0])
    except Exception:  # of the packages that it is in, which are imported to find it
        return None
    return Path(spec.origin) if spec is not None and spec.origin and Path(spec.origin).is_file() else None


def code_inputs(run: RunFile) -> dict[str, str]:
    """Setting -> hash of the code that it imports."""
    file = own_objective(run)
    return {} if file is None else {"consistency.objective": content_hash(file)}
