"""What isoglot takes of inspect_ai that inspect_ai does not promise to keep."""

from __future__ import annotations

import ast
import importlib
import subprocess
import sys
from pathlib import Path

import pytest

import isoglot

pytestmark = pytest.mark.training
SOURCE = Path(isoglot.__file__).parent
USED = {
    ("inspect_ai._util.asyncfiles", "with_async_fs"),
    ("inspect_ai._util.entrypoints", "ensure_entry_points"),
    ("inspect_ai._util.error", "PrerequisiteError"),
    ("inspect_ai._util.registry", "registry_find"),
    ("inspect_ai._util.registry", "registry_unqualified_name"),
    ("inspect_ai.model._generate_config", "active_generate_config"),
    ("inspect_ai.model._model", "active_model"),
    ("inspect_ai.model._providers", "providers"),
    ("inspect_ai.util._display", "init_display_type"),
}
WITHOUT = """
import inspect_ai, inspect_ai._util.error as error, inspect_ai.model._generate_config as config
del error.PrerequisiteError, config.active_generate_config
from isoglot import IsoglotError
from isoglot.tasks import registry, run
try:
    registry.groups()
except IsoglotError as mistake:
    print(type(mistake).__name__, mistake)
"""


def imported(statements) -> set[tuple[str, str]]:
    found = [one for one in statements if isinstance(one, ast.ImportFrom) and one.module and not one.level]
    names = {(one.module, name.name) for one in found for name in one.names}
    return {(module, name) for module, name in names if module.startswith("inspect_ai") and "._" in f"{module}.{name}"}


def test_these_are_the_private_names_in_use_and_they_are_there():
    trees = [ast.parse(path.read_text()) for path in SOURCE.rglob("*.py")]
    assert imported(node for tree in trees for node in ast.walk(tree)) == USED
    assert imported(node for tree in trees for node in tree.body) == set()  # none is needed to load a module
    for module, name in USED:
        found = importlib.import_module(module)
        assert hasattr(found, name) or importlib.import_module(f"{module}.{name}")


def test_without_them_tasks_are_loaded_and_mistakes_are_still_told():
    done = subprocess.run([sys.executable, "-c", WITHOUT], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1].startswith("UserError isoglot/groups: expected prompts, got nothing")
