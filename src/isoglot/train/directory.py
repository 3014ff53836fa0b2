"""The run directory: whose it is, where to go on, what it holds in the end."""

from __future__ import annotations

import json
import os
import platform
import shutil
import sys
from datetime import datetime, timezone
from importlib import metadata
from pathlib import Path
from typing import Any

import yaml

from ..errors import RunError, problem
from ..files import write_json, write_text

CHECKPOINTS = "checkpoints"
_LIBRARIES = ("torch", "transformers", "trl", "peft", "accelerate", "datasets", "isoglot")


class RunDirectory:
    """A run directory.

    Args:
        path: the folder; made when something is written.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.checkpoints = path / CHECKPOINTS

    def claim(self, settings: dict[str, Any]) -> None:
        """Writes ``run.yaml``, or sees that the one there says the same.

        Raises:
            RunError: if it says something else, or the folder is not a run's.
        """
        file = self.path / "run.yaml"
        if file.exists():
            before = yaml.safe_load(file.read_text(encoding="utf-8"))
            if other := _differences(before, settings):
                step = "Choose another output, or remove the folder"
                raise RunError(
                    problem(str(self.path), "a run with the same settings", f"other {', '.join(other)}", step)
                )
        elif (self.path / "config.json").exists() or (self.path / "adapter_config.json").exists():
            step = "Choose another output"
            raise RunError(problem(str(self.path), "an empty folder or a run's", "a model without run.yaml", step))
        write_text(file, yaml.safe_dump(settings, sort_keys=False, allow_unicode=True))

    def environment(self) -> dict[str, Any]:
        """What ``environment.json`` says, or nothing."""
        file = self.path / "environment.json"
        return json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}

    def record(self, **facts: Any) -> None:
        """Adds facts to ``environment.json``; versions and machine are always there."""
        write_json(self.path / "environment.json", _environment() | self.environment() | facts)

    @property
    def finished(self) -> bool:
        """Whether training ended and everything was written."""
        return bool(self.environment().get("finished"))

    def last_checkpoint(self) -> Path | None:
        """The last whole checkpoint; what a kill left of a later one is removed."""
        found = [path for path in self.checkpoints.glob("checkpoint-*") if path.name.split("-")[-1].isdigit()]
        for path in sorted(found, key=lambda path: -int(path.name.split("-")[-1])):
            if _is_whole(path):
                return path
            shutil.rmtree(path)
        return None

    def take_in(self, aside: Path) -> None:
        """Moves the files of a finished model into the run directory."""
        for file in sorted(aside.iterdir()):
            if file.suffix == ".bin":  # the trainer's pickled arguments; run.yaml says them in the open
                continue
            target = self.path / file.name
            if target.is_dir():
                shutil.rmtree(target)
            os.replace(file, target)
        shutil.rmtree(aside)


def now() -> str:
    """The time, UTC, to the second."""
    return datetime.now(timezone.utc).isoformat(timespec="seconds")


def _is_whole(checkpoint: Path) -> bool:
    """The trainer writes its state last, so a checkpoint that has it has everything."""
    try:
        json.loads((checkpoint / "trainer_state.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return True


def _environment() -> dict[str, Any]:
    versions = {}
    for name in _LIBRARIES:
        try:
            versions[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            versions[name] = None
    return {
        "python": platform.python_version(),
        "platform": platform.platform(),
        "cpus": os.cpu_count(),
        "libraries": versions,
        "command": Path(sys.argv[0]).name,
        "finished": False,
    }


def _differences(before: Any, after: Any, path: str = "") -> list[str]:
    """Dotted paths at which two trees of plain values differ."""
    if isinstance(before, dict) and isinstance(after, dict):
        keys = dict.fromkeys([*before, *after])
        found = [_differences(before.get(k), after.get(k), f"{path}.{k}" if path else str(k)) for k in keys]
        return [item for items in found for item in items]
    return [] if before == after else [path]
