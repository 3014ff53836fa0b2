"""The run directory: whose it is, where to go on, what it holds in the end."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from ..errors import RunError, problem
from ..files import write_json, write_text
from ..runs.environment import describe_environment
from ..runs.folder import refuse_other_settings
from ..runs.json_file import read_object
from ..runs.kept_checkpoints import CHECKPOINTS
from ..settings import parse_yaml
from .checkpoints import last_whole_checkpoint

FILE_NAME = "consistency.safetensors"  # which is no model


class RunDirectory:
    """A run directory.

    Args:
        path: the folder; made when something is written.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.checkpoints = path / CHECKPOINTS

    def check(self, settings: Mapping[str, Any], inputs: Mapping[str, str]) -> None:
        """Sees that a run with these settings may be written, or go on, here.

        Other settings are refused only where they would mix with work that is done: a checkpoint or a finished run.

        Args:
            settings: what ``run.yaml`` will say.
            inputs: model or data -> hash of its content.

        Raises:
            RunError: naming what differs, or if the folder holds something else than a run.
        """
        file = self.path / "run.yaml"
        if not file.exists():
            for name in ("config.json", "adapter_config.json"):
                if (self.path / name).exists():
                    expected, step = "an empty folder or a run's", "Choose another output"
                    raise RunError(problem(str(self.path), expected, f"a model without run.yaml ({name})", step))
            return
        if not self.finished and last_whole_checkpoint(self.checkpoints) is None:
            return  # stopped before its first checkpoint: it begins again, with whatever settings
        try:
            before = parse_yaml(file.read_text(encoding="utf-8"))
        except ValueError:
            raise RunError(problem(str(file), "YAML", "something else", "Choose another output")) from None
        known = self.environment().get("inputs", {})
        inputs_before = [(name, known.get(name, digest), digest) for name, digest in inputs.items()]
        changed = [f"{name} (its content: hash {now}, was {was})" for name, was, now in inputs_before if was != now]
        refuse_other_settings(self.path, _portable(before), _portable(settings), "a run", changed=changed)

    def day(self) -> date | None:
        """The day that the run's prompts say, if they say one."""
        try:
            found = parse_yaml((self.path / "run.yaml").read_text(encoding="utf-8"))
            return date.fromisoformat(found["model"]["date"])
        except (OSError, ValueError, TypeError, KeyError):
            return None

    def identity(self, settings: Mapping[str, Any], inputs: Mapping[str, str]) -> str:
        """What makes a run this one: a hash of its settings, wherever its folder lies, and of what it reads."""
        text = json.dumps([_portable(settings), dict(inputs)], sort_keys=True, default=str)
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def claim(self, settings: Mapping[str, Any]) -> None:
        """Writes ``run.yaml``."""
        write_text(self.path / "run.yaml", yaml.safe_dump(dict(settings), sort_keys=False, allow_unicode=True))

    def environment(self) -> dict[str, Any]:
        """What ``environment.json`` says, or nothing.

        Raises:
            RunError: for one that says something else: whether the run has finished is not known then.
        """
        file, step = self.path / "environment.json", "Put it back, or choose another output"
        found = read_object(file, "what a run records", step)
        if not isinstance(found.get("inputs", {}), dict) or not isinstance(found.get("resumed_at", []), list):
            raise RunError(problem(str(file), "what a run records", "something else", step))
        return found

    def record(self, **facts: Any) -> None:
        """Adds facts to ``environment.json``; versions and machine are always there."""
        known = {"finished": False} | self.environment()
        write_json(self.path / "environment.json", known | describe_environment() | facts)

    @property
    def finished(self) -> bool:
        """Whether training ended and everything was written."""
        return bool(self.environment().get("finished"))

    def tidy(self, trainer: Mapping[str, Any]) -> None:
        """Removes the checkpoints of a finished run, unless its options of the trainer ask for them.

        Raises:
            RunError: if the run says that it has finished, and its weights are gone.
        """
        if all(path.name == FILE_NAME for path in self.path.glob("*.safetensors")):
            step = "Put them back, or choose another output"
            raise RunError(problem(str(self.path), "the weights of a finished run", "none", step))
        if not {"save_strategy", "save_total_limit"} & trainer.keys():
            shutil.rmtree(self.checkpoints, ignore_errors=True)

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


def _portable(settings: Any) -> Any:
    """The settings without where folders lie: a run that was moved is the same run, as is one whose code was."""
    if not isinstance(settings, Mapping):
        return settings
    return {key: value for key, value in settings.items() if key not in ("output", "code")}
