"""Tasks of the user's own: what numbers say they were made with, and what is said where that is not the same."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..runs.environment import content_hash

OWN_TASKS = "own_tasks"  # in ``asked`` of ``utility.json``: a hash of their files; None without any
SAME_FOLDER = "Give the --include-path of then: lm-eval's own tasks are there too. Or choose another output"


def own_tasks_hash(include_path: str | Path | None) -> str | None:
    """A hash of the tasks in a folder of one's own; None without such a folder."""
    return None if include_path is None else content_hash(Path(include_path))


def own_tasks_changed(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """What differs in tasks of one's own, in words: their hashes would tell nobody what to do.

    Args:
        before: what the numbers that are there were made with; empty where it does not say.
        now: what those of this call are made with.
    """
    there, here = before.get(OWN_TASKS), now.get(OWN_TASKS)
    if there == here:
        return []
    if there and here:
        return ["--include-path (its tasks were others there)"]
    words = ("none", "a folder of own tasks")
    return [f"--include-path ({words[bool(there)]} there, {words[bool(here)]} now)"]


def without_own_tasks(asked: Mapping[str, Any]) -> dict[str, Any]:
    """What numbers were made with besides."""
    return {key: value for key, value in asked.items() if key != OWN_TASKS}
