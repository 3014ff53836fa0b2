"""A trial: one setting with one seed (or a base model), where it lies, and whether it has been run."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from ..attach import REFERENCE
from ..files import write_json
from ..runs.environment import now
from ..runs.evaluation_files import files_of_evaluation
from ..runs.json_file import readable_object
from ..runs.kept_checkpoints import CHECKPOINTS
from ..train.checkpoints import ASIDE
from .trial_record import is_whole

RESULT, STARTED, FAILED = "trial.json", "started.json", "failed.json"
REPLACED = ".replaced"  # after the name of a trial's folder
_OF_TRAINING = (CHECKPOINTS, REFERENCE, f"{ASIDE}*")  # folders that only a run still in training needs
_ONCE = {"space": "raw", "budget": None}  # how it was before these settings of ``consistency`` were there


@dataclass(frozen=True)
class Trial:
    """What a worker is given; plain values only, since it goes to another process.

    Attributes:
        setting: the setting's digest; a base model's for a base trial.
        name: the setting's name.
        seed: of training; None for a base model.
        folder: where everything of the trial lies.
        run: run file, or None: the model is tested as it is.
        model: the run file's section.
        test: file of the test prompts.
        key: what the result depends on: ``run``, ``inputs`` (hashes), ``evaluate``, ``judge``.
        meta: what ``meta.json`` says, which ``isoglot report`` reads.
        max_new_tokens: longest answer.
        batch_size: prompts at a time.
        keep_model: whether weights stay.
        reference: folder of states from before training, which all trials share.
        day: what a chat template is told that asks for the date.
    """

    setting: str
    name: str
    seed: int | None
    folder: Path
    run: Mapping[str, Any] | None
    model: Mapping[str, Any]
    test: Path
    key: Mapping[str, Any]
    meta: Mapping[str, Any]
    max_new_tokens: int
    batch_size: int
    keep_model: bool
    reference: Path
    day: date | None = None

    @property
    def label(self) -> str:
        """Name and seed, for people."""
        return self.name if self.seed is None else f"{self.name}, seed {self.seed}"

    def result(self) -> dict[str, Any] | None:
        """What ``trial.json`` says, if the trial has been run as it is now asked for, and it can be counted."""
        found = readable_object(self.folder / RESULT)
        same = same_work(found.get("key"), self.key) and is_whole(found)
        return found if same else None

    def failure(self) -> str | None:
        """Why the trial failed when it was last tried, if it did."""
        found = readable_object(self.folder / FAILED)
        return str(found.get("reason")) if found else None

    def record_failure(self, reason: str) -> None:
        """Writes down why the trial failed."""
        said = reason.encode(errors="replace").decode()  # an error may quote text that cannot be written
        write_json(self.folder / FAILED, {"trial": self.label, "reason": said, "at": now()})

    def prepare(self) -> None:
        """Clears away what is not of this trial as it is now asked for; what can be gone on with stays.

        A trial that failed begins anew. One that was finished with other inputs is set aside, as ``<folder>.replaced``.
        """
        asked = {"run": self.run, **{part: self.key[part] for part in ("inputs", "evaluate")}}
        before = readable_object(self.folder / STARTED)
        same_run = bool(before) and all(before.get(part) == asked[part] for part in ("run", "inputs"))
        trained_away = self.run is not None and self._finished() and not self.weights()
        if not same_run and (self.folder / RESULT).exists():
            aside = self.folder.with_name(f"{self.folder.name}{REPLACED}")  # finished work of other inputs
            shutil.rmtree(aside, ignore_errors=True)
            self.folder.rename(aside)
        elif not same_run or trained_away or self.failure() is not None:
            shutil.rmtree(self.folder, ignore_errors=True)
        elif before and before.get("evaluate") != asked["evaluate"]:
            for file in files_of_evaluation(self.folder):
                file.unlink()
        (self.folder / RESULT).unlink(missing_ok=True)
        write_json(self.folder / STARTED, asked)

    def _finished(self) -> bool:
        return bool(readable_object(self.folder / "environment.json").get("finished"))

    def weights(self) -> list[Path]:
        """The model's files."""
        return sorted([*self.folder.glob("*.safetensors"), *self.folder.glob("*.safetensors.index.json")])

    def drop_weights(self) -> None:
        """Deletes weights, and what only training needed, unless they are to be kept."""
        if self.keep_model or self.run is None:
            return
        for file in self.weights():
            file.unlink(missing_ok=True)
        for folder in [found for pattern in _OF_TRAINING for found in self.folder.glob(pattern)]:
            shutil.rmtree(folder, ignore_errors=True)


def same_work(recorded: Any, wanted: Mapping[str, Any]) -> bool:
    """Whether a recorded result is of the work that is wanted.

    Settings of ``consistency`` that the record does not know came with a later version: the record is of what they
    replaced, or else of a default that changes nothing.
    """
    if not isinstance(recorded, Mapping):
        return False
    if any(recorded.get(part) != wanted.get(part) for part in wanted if part != "run"):
        return False
    before, now = recorded.get("run"), wanted.get("run")
    if not isinstance(before, Mapping) or not isinstance(now, Mapping):
        return before == now
    term, wanted_term = before.get("consistency"), now.get("consistency")
    if isinstance(term, Mapping) and isinstance(wanted_term, Mapping):
        if any(key not in term and wanted_term.get(key, value) != value for key, value in _ONCE.items()):
            return False
        now = dict(now) | {"consistency": {key: wanted_term[key] for key in term if key in wanted_term}}
    return dict(before) == dict(now)
