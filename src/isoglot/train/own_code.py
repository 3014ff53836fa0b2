"""Code of the user's own that a run file names: where it is looked for, and what it was when the run began."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..settings.dotted import at
from .environment import content_hash

if TYPE_CHECKING:
    from importlib.machinery import ModuleSpec

    from .run_file import RunFile

_SETTING = "consistency.objective"


def names_code(values: Mapping[str, Any]) -> bool:
    """Whether the values of a run file name an objective as ``package.module:function``, which is imported."""
    named = at(values, _SETTING)
    return isinstance(named, str) and ":" in named


def beside(values: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """The values of a run file in a folder, where code of its own is looked for unless it says ``code``."""
    return {"code": str(folder)} | dict(values)


@contextmanager
def importable(folder: Path | None) -> Iterator[None]:
    """Lets modules be imported from a folder meanwhile, where Python finds none of their name by itself."""
    path = None if folder is None else str(folder.absolute())
    if path is None or path in sys.path:
        yield
        return
    sys.path.append(path)
    try:
        yield
    finally:
        if path in sys.path:
            sys.path.remove(path)


def own_objective(run: RunFile) -> Path | None:
    """The file of an objective that a run imports; None for the library's own. Nothing is imported to find it.

    A module without a file, or one that is not found, is None too: importing it says what is wrong.
    """
    named = run.consistency.objective if run.consistency is not None else ""
    if not isinstance(named, str) or ":" not in named:
        return None
    with importable(run.code):
        spec = _found(named.partition(":")[0])
    return Path(spec.origin) if spec is not None and spec.origin and Path(spec.origin).is_file() else None


def _found(module: str) -> ModuleSpec | None:
    """Where a module is; ``importlib.util.find_spec`` would run the packages that it is in."""
    parts, spec, places = module.split("."), None, None
    for last in range(1, len(parts) + 1):
        name = ".".join(parts[:last])
        loaded = sys.modules.get(name)
        spec = getattr(loaded, "__spec__", None) if loaded else _asked(name, places)
        places = None if spec is None else spec.submodule_search_locations
        if places is None and last < len(parts):
            return None
    return spec


def _asked(name: str, places: Any) -> ModuleSpec | None:
    specs = (finder.find_spec(name, places) for finder in sys.meta_path)
    return next((spec for spec in specs if spec is not None), None)


def code_inputs(run: RunFile) -> dict[str, str]:
    """Setting -> hash of the code that it imports."""
    file = own_objective(run)
    return {} if file is None else {_SETTING: content_hash(file)}
