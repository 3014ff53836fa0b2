"""What the tests of evaluation share."""

from __future__ import annotations

import pytest


@pytest.fixture
def few(groups):
    return groups.select(languages=["en", "sw", "zh"], limit=2)
