"""Examples in docstrings do what they say: one test a file, which imports it only when it runs."""

from __future__ import annotations

import doctest
from pathlib import Path

import pytest

import isoglot

SRC = Path(isoglot.__file__).parents[1]
FILES = [path for path in sorted(SRC.rglob("*.py")) if ">>> " in path.read_text(encoding="utf-8")]


def module_of(path: Path) -> str:
    return ".".join(path.relative_to(SRC).with_suffix("").parts).removesuffix(".__init__")


@pytest.mark.parametrize("name", map(module_of, FILES))
def test_examples_do_what_they_say(name):
    module = pytest.importorskip(name, exc_type=ImportError)
    assert doctest.testmod(module, optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE).failed == 0
