"""Benchmarks are scripts that no other test runs whole: what they import of isoglot is there."""

from __future__ import annotations

import ast
import importlib
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent.parent / "benchmarks"
SCRIPTS = sorted(FOLDER.rglob("*.py"))


def imported(script: Path) -> list[tuple[str, str]]:
    """(module, name) of each import from isoglot, wherever in the script it stands."""
    nodes = ast.walk(ast.parse(script.read_text(encoding="utf-8")))
    found = [node for node in nodes if isinstance(node, ast.ImportFrom) and not node.level]
    return [(str(n.module), alias.name) for n in found if str(n.module).startswith("isoglot") for alias in n.names]


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: str(path.relative_to(FOLDER)))
def test_what_a_benchmark_imports_is_there(script: Path):
    for module, name in imported(script):
        loaded = importlib.import_module(module)
        if not hasattr(loaded, name):
            importlib.import_module(f"{module}.{name}")


def test_imports_are_seen():
    assert ("isoglot", "PromptGroups") in imported(FOLDER / "reading_groups.py")
    assert sum(map(len, map(imported, SCRIPTS))) > 30
