"""Code of the user's own that a run file names: where it is looked for, and what it was when the run began."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from typing import Any

from ..runs.environment import content_hash
from .code_setting import SETTING, module_of
from .run_file import RunFile


class _FromFolder:
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
    finder = _FromFolder(module, run.code)
    sys.meta_path.append(finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)


@dataclass(frozen=True)
class OwnCode:
    """A module that a run file names.

    Attributes:
        module: its dotted name.
        file: its own; None where it has none, or is not found: importing it says what is wrong.
        sources: what its code is known by: the folders of the package that it is in, or its file.
    """

    module: str
    file: Path | None
    sources: tuple[Path, ...]


def own_objective(run: RunFile) -> OwnCode | None:
    """The code that a run imports for its objective; None for the library's own. Nothing is imported to find it."""
    module = _module(run)
    if module is None:
        return None
    with importable(run):
        specs = _found(module)
    sources = [Path(place) for place in specs[0].submodule_search_locations or ()] if specs else []
    files = [path for spec in specs if spec.origin and (path := Path(spec.origin)).is_file()]
    return OwnCode(module, files[-1] if files else None, tuple(sources or files))


def _module(run: RunFile) -> str | None:
    """The dotted name of the module that a run imports; None for the library's own objectives."""
    return None if run.consistency is None else module_of(run.consistency.objective)


def _found(module: str) -> list[ModuleSpec]:
    """The packages that a module is in, and itself, as far as they are there.

    ``importlib.util.find_spec`` would run those packages.
    """
    parts, places = module.split("."), None
    specs: list[ModuleSpec] = []
    for last in range(1, len(parts) + 1):
        name = ".".join(parts[:last])
        loaded = sys.modules.get(name)
        spec = getattr(loaded, "__spec__", None) if loaded else _asked(name, places)
        if spec is None:
            break
        specs.append(spec)
        places = spec.submodule_search_locations
        if places is None:
            break
    return specs


def _asked(name: str, places: Any) -> ModuleSpec | None:
    specs = (finder.find_spec(name, places) for finder in sys.meta_path)
    return next((spec for spec in specs if spec is not None), None)


def code_inputs(run: RunFile) -> dict[str, str]:
    """Setting -> hash of the code that it imports."""
    code = own_objective(run)
    return {SETTING: content_hash(code.sources, "*.py")} if code is not None and code.sources else {}
