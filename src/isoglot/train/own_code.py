"""Code of the user's own that a run file names: where it is looked for, and what it was when the run began."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..settings.dotted import at
from .environment import content_hash

if TYPE_CHECKING:
    from .run_file import RunFile

_SETTING = "consistency.objective"


def names_code(values: Mapping[str, Any]) -> bool:
    """Whether the values of a run file name an objective as ``package.module:function``, which is imported."""
    named = at(values, _SETTING)
    return isinstance(named, str) and ":" in named


def beside(values: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """The values of a run file in a folder, where code of its own is looked for unless it says ``code``."""
    return {"code": str(folder)} | dict(values)


class _Beside:
    """Finds one module, or package with all that is in it, in one folder: nothing else that lies there is imported."""

    def __init__(self, module: str, folder: Path) -> None:
        self.module, self.folder = module.partition(".")[0], folder.absolute()

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:  # noqa: ARG002
        return PathFinder.find_spec(name, [str(self.folder)]) if name == self.module else None


@contextmanager
def importable(run: RunFile) -> Iterator[None]:
    """Lets the module that a run file names be imported from its ``code`` meanwhile, where Python finds none itself."""
    module = _module(run)
    if module is None or run.code is None:
        yield
        return
    finder = _Beside(module, run.code)
    sys.meta_path.append(finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)


def own_objective(run: RunFile) -> Path | None:
    """The file of an objective that a run imports; None for the library's own. Nothing is imported to find it.

    A module without a file, or one that is not found, is None too: importing it says what is wrong.
    """
    module = _module(run)
    if module is None:
        return None
    with importable(run):
        spec = _found(module)
    return Path(spec.origin) if spec is not None and spec.origin and Path(spec.origin).is_file() else None


def _module(run: RunFile) -> str | None:
    """The dotted name of the module that a run imports; None for the library's own objectives."""
    named = run.consistency.objective if run.consistency is not None else ""
    return named.partition(":")[0] if isinstance(named, str) and ":" in named else None


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
