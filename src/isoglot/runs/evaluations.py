"""Where the evaluations of a run lie: each in a folder of its own, by its prompts and how they were answered."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .json_file import readable_object
from .responses import RESPONSES
from .shards import shards_in

EVALUATIONS = "evaluations"  # the folder's name, in a run directory
OWN = "."  # the name of the evaluation in the run directory itself
PROTOCOL = "protocol.json"
PROTOCOL_PAGE = "protocol.md"  # the same for people
AGAIN = "again.json"  # in the folder of an evaluation that was made again: what differs from the first
ASKED = ("prompts_hash", "languages", "decoding")  # what of a protocol tells two evaluations of one model apart
TEMPLATE = "template"  # likewise, where something was written into the model's chat template
_DATE = "date"
_LONGEST = 40  # characters of a name


def evaluations(run: Path) -> list[Path]:
    """The folders with responses in a run directory, by name.

    The run directory itself comes first if it holds some: a caller chose it, or an earlier version did.
    """
    folders = sorted(path for path in (run / EVALUATIONS).glob("*") if path.is_dir())
    return [folder for folder in (run, *folders) if (folder / RESPONSES).is_file() or shards_in(folder)]


def name_of(folder: Path, run: Path) -> str:
    """What an evaluation of a run is called, where one of several is chosen."""
    return OWN if folder == run else _absolute(folder).name


def run_of(folder: Path) -> Path:
    """The run directory that an evaluation's folder belongs to; the folder itself if it does not lie in one."""
    for path in (folder, _absolute(folder)):  # as it was given, where that says enough
        if path.parent.name == EVALUATIONS:
            return path.parent.parent
    return folder


def _absolute(folder: Path) -> Path:
    """The folder with a name of its own, which ``.`` and ``..`` have not; links are left as they are called."""
    return Path(os.path.abspath(folder))


def own_folder(run: Path, prompts: str, protocol: Mapping[str, Any]) -> Path:
    """Where an evaluation of a run goes; the same one again goes to the same folder.

    Args:
        run: the run directory.
        prompts: what the prompts are called, for the folder's name.
        protocol: what it is made with.
    """
    asked, before = _undated(asked_of(protocol)), read_protocol(run)
    if before and asked == _undated(asked_of(before)):
        return run  # begun by an earlier version
    name = re.sub(r"[^\w.+-]+", "-", prompts)[:_LONGEST].strip("-.") or "prompts"
    digest = hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()[:8]
    return run / EVALUATIONS / f"{name}-{digest}"


def asked_of(protocol: Mapping[str, Any]) -> dict[str, Any]:
    """What a protocol says was asked of a model, whichever it is; None for what it does not say."""
    template = protocol.get(TEMPLATE)
    return {name: protocol.get(name) for name in ASKED} | ({TEMPLATE: template} if template else {})


def date_of(folder: Path) -> str | None:
    """The day that the prompts of a folder's evaluation say; None if they say none."""
    template = read_protocol(folder).get(TEMPLATE)
    found = template.get(_DATE) if isinstance(template, Mapping) else None
    return found if isinstance(found, str) else None


def _undated(asked: dict[str, Any]) -> dict[str, Any]:
    """The same on whatever day it was begun: it goes on in its folder, with its day."""
    template = asked.pop(TEMPLATE, None)
    rest = {key: one for key, one in template.items() if key != _DATE} if isinstance(template, Mapping) else template
    return asked | ({TEMPLATE: rest} if rest else {})


def read_protocol(folder: Path) -> dict[str, Any]:
    """What a folder's evaluation was made with; empty if there is none or it cannot be read."""
    return readable_object(folder / PROTOCOL)


def expected_of(protocol: Mapping[str, Any]) -> Any:
    """How many responses there are when all prompts are answered, as a protocol says; None if it does not."""
    return protocol.get("responses", protocol.get("prompts"))
