"""Run directories and a page for the report's tests."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

import pytest

from isoglot.report import write_report

from . import fakes as _fakes


@pytest.fixture(scope="session")
def fakes() -> ModuleType:
    """The module that makes run directories up."""
    return _fakes


@pytest.fixture(scope="session")
def four_runs(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """A base model and three trained ones; one of those has collapsed."""
    return _fakes.four_runs(tmp_path_factory.mktemp("runs"))


@pytest.fixture(scope="session")
def page(four_runs: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Their page."""
    return write_report(four_runs, tmp_path_factory.mktemp("page") / "report.html", title="<b>Four</b> & runs")
