"""What the tests of evaluation share."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture
def few(groups):
    return groups.select(languages=["en", "sw", "zh"], limit=2)


@pytest.fixture
def http(monkeypatch):
    """The module of a judge behind a server."""
    monkeypatch.syspath_prepend(Path(__file__).parent)
    import http_judge

    return http_judge
