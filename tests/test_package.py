"""The package as a whole: quick to import, names at the top, nothing public without a docstring."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

import isoglot


@pytest.mark.training
def test_import_loads_nothing_heavy():
    code = "import isoglot, sys; print(sorted(m for m in sys.modules if '.' not in m))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    for name in ("torch", "transformers", "trl", "numpy", "scipy", "datasets", "yaml", "typer"):
        assert f"'{name}'" not in loaded


@pytest.mark.training
def test_the_command_line_imports_no_heavy_library_before_it_must():
    heavy = ("torch", "transformers", "numpy", "scipy", "datasets", "jinja2", "inspect_ai", "openai")
    code = f"import isoglot.cli, sys; print([name for name in {heavy} if name in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


@pytest.mark.training
def test_objectives_know_torch_only():
    code = "import isoglot.objectives, sys; print([m for m in sys.modules if m.startswith(('transformers', 'trl'))])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_public_names_are_importable_and_stay_what_they_are():
    for name in isoglot.__all__:
        assert getattr(isoglot, name) is not None
    importlib.import_module("isoglot.attach.attachment")
    importlib.import_module("isoglot.evaluate.numbers.summary")
    assert callable(isoglot.attach)
    assert callable(isoglot.evaluate)
    assert set(isoglot.__all__) <= set(dir(isoglot))


def test_every_public_thing_has_a_docstring():
    missing = []
    for module in pkgutil.walk_packages(isoglot.__path__, "isoglot."):
        if module.name.endswith("__main__"):
            continue
        if module.name.startswith("isoglot.tasks.") and find_spec("inspect_ai") is None:  # before Python 3.11
            continue
        loaded = importlib.import_module(module.name)
        if not loaded.__doc__:
            missing.append(module.name)
        for name, thing in vars(loaded).items():
            ours = getattr(thing, "__module__", None) == module.name
            if ours and not name.startswith("_") and (inspect.isclass(thing) or inspect.isfunction(thing)):
                if not thing.__doc__:
                    missing.append(f"{module.name}.{name}")
                for part, method in vars(thing).items() if inspect.isclass(thing) else ():
                    if inspect.isfunction(method) and not part.startswith("_") and not method.__doc__:
                        missing.append(f"{module.name}.{name}.{part}")
    assert not missing


def test_what_pages_import_is_there():
    root = Path(__file__).parents[1]
    shown = re.compile(r"^ *from (isoglot[\w.]*) import ([\w, ]+?) *(?:#.*)?$", re.MULTILINE)
    found = {
        (page.name, module, name.split(" as ")[0].strip())
        for page in (root / "README.md", *(root / "docs").rglob("*.md"), *(root / "recipes").rglob("*.md"))
        for module, names in shown.findall(page.read_text(encoding="utf-8"))
        for name in names.split(",")
    }
    assert len(found) > 20

    def is_there(module: str, name: str) -> bool:
        try:
            return hasattr(importlib.import_module(module), name) or find_spec(f"{module}.{name}") is not None
        except ModuleNotFoundError as error:
            return not str(error.name).startswith("isoglot")  # of a library that is not installed

    assert not [one for one in sorted(found) if not is_there(*one[1:])]
