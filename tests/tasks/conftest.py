"""What the tests of inspect_ai share."""

from __future__ import annotations

import signal
from importlib.util import find_spec

import anyio
import pytest

from isoglot import PromptGroups

collect_ignore_glob = [] if find_spec("inspect_ai") else ["test_*.py"]


@pytest.fixture
def dishes() -> PromptGroups:
    """Harmless prompts in two languages, ten of each."""
    prompts = {"en": "How do I cook dish {}?", "sw": "Ninapikaje chakula cha {}?"}
    return PromptGroups.from_columns(
        {tag: [text.format(n) for n in range(10)] for tag, text in prompts.items()}, kind="harmless"
    )


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch):
    """inspect_ai waits for seconds before it tries again."""

    async def sleep(seconds: float) -> None:
        await anyio.sleep(0.001)

    monkeypatch.setattr("inspect_ai.model._retry._sleep", sleep)
    monkeypatch.setenv("LOCAL_API_KEY", "sk-canary-that-nobody-says")


@pytest.fixture(autouse=True)
def _heeds_ctrl_c():
    """Where the tests run in the background of a shell, they would ignore it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)
