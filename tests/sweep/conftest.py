"""A sweep file on the embedded world's base model, and what stands in for training."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from isoglot.sweep import Plan, SweepFile, plan


@pytest.fixture
def works(monkeypatch):
    """The module of stand-ins, importable here and in worker processes."""
    monkeypatch.syspath_prepend(str(Path(__file__).parent))
    import works

    return works


@pytest.fixture(scope="session")
def data(world, tmp_path_factory) -> Path:
    """Folders ``0`` and ``1`` with preferences, groups and test prompts; a file with a bad row."""
    from isoglot.quickstart.world.data import alignment_groups, held_out_groups, preferences

    folder = tmp_path_factory.mktemp("sweep")
    for seed in (0, 1):
        part = folder / str(seed)
        part.mkdir()
        lines = (json.dumps(pair) + "\n" for pair in preferences(world, 16, seed=seed))
        (part / "preferences.jsonl").write_text("".join(lines))
        alignment_groups(world, 2, seed=seed).write(part / "groups.jsonl")
        held_out_groups(world, 4, seed=seed).write(part / "test.jsonl")
    (folder / "bad.jsonl").write_text('{"prompt": "only"}\n')
    return folder


@pytest.fixture
def values(base, data, tmp_path) -> Callable[..., dict[str, Any]]:
    """Makes a sweep file's values; keywords replace sections, None removes one."""

    def make(**changes: Any) -> dict[str, Any]:
        made: dict[str, Any] = {
            "run": {
                "model": {"path": str(base), "dtype": "float32"},
                "method": "dpo",
                "data": {
                    "preferences": str(data / "{seed}" / "preferences.jsonl"),
                    "groups": str(data / "{seed}" / "groups.jsonl"),
                },
                "consistency": {"groups_per_step": 2},
                "trainer": {
                    "max_steps": 3,
                    "per_device_train_batch_size": 4,
                    "use_cpu": True,
                    "gradient_checkpointing": False,
                },
            },
            "seeds": [0, 1],
            "evaluate": {"groups": str(data / "{seed}" / "test.jsonl"), "max_new_tokens": 4, "batch_size": 96},
            "output": str(tmp_path / "out"),
        }
        return {key: value for key, value in (made | changes).items() if value is not None}

    return make


@pytest.fixture
def planned(values, tmp_path) -> Callable[..., Plan]:
    """A plan of a sweep file with changes."""

    def make(**changes: Any) -> Plan:
        return plan(SweepFile.from_dict(values(**changes), {"folder": tmp_path}))

    return make
