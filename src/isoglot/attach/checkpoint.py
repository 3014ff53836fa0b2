"""``consistency.safetensors``: what a checkpoint keeps of the term."""

from __future__ import annotations

import json
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save
from torch import Tensor

from ..consistency import Consistency
from ..errors import RunError, first_line, problem, short
from ..files import written_whole

FILE_NAME = "consistency.safetensors"
_SETTINGS = "settings"  # in the file's metadata


def write(folder: Path, state: Mapping[str, Tensor], settings: Consistency) -> None:
    """Writes the file into a folder, whole or not at all.

    Args:
        folder: of the checkpoint.
        state: of the term.
        settings: of the term, kept beside it to be compared when a run goes on.

    Raises:
        OSError: if it cannot be written, as on a full disk; a file that was there stays.
    """
    plain = {name: value.detach().cpu().contiguous() for name, value in state.items()}
    with written_whole(folder / FILE_NAME) as aside:
        aside.write_bytes(save(plain, metadata={_SETTINGS: json.dumps(_plain(settings))}))


def read(folder: Path, *, needed: bool) -> dict[str, Tensor] | None:
    """Reads the file of a folder; None if there is none.

    Args:
        folder: of the checkpoint.
        needed: whether a run cannot go on without it.

    Raises:
        RunError: if it is needed and not there, or is none.
    """
    path = folder / FILE_NAME
    step = "Resume from a checkpoint that was written with the term attached"
    if path.exists():
        try:
            return load_file(path)
        except SafetensorError as error:
            what = "the state of the consistency term in safetensors"
            raise RunError(problem(str(path), what, first_line(error), step)) from error
    if needed:
        raise RunError(problem(str(path), "the state of the consistency term", "nothing", step))
    return None


def _plain(settings: Consistency) -> dict[str, Any]:
    """Settings as JSON has them; an objective of one's own by its name."""

    def name(value: Any) -> str:
        return str(getattr(value, "__qualname__", type(value).__name__))

    made = {field: getattr(settings, field) for field in type(settings).model_fields}
    return dict(json.loads(json.dumps(made, default=name)))


def say_what_differs(folder: Path, settings: Consistency) -> None:
    """Warns of settings that are not those of a checkpoint that was read; one of an earlier version has none."""
    path = folder / FILE_NAME
    with safe_open(path, framework="pt") as file:
        kept = (file.metadata() or {}).get(_SETTINGS, "{}")
    try:
        there = json.loads(kept)
    except ValueError:
        return
    if not isinstance(there, dict):
        return
    differing = [(name, value) for name, value in _plain(settings).items() if there.get(name, value) != value]
    if differing:
        found = "; ".join(f"{name} ({short(there[name])} there, {short(value)} now)" for name, value in differing)
        step = "The run goes on with those of now"
        warnings.warn(f"{path}: its consistency settings are others: {found}. {step}.", stacklevel=3)
