"""``consistency.safetensors``: what a checkpoint keeps of the term."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from safetensors import SafetensorError
from safetensors.torch import load_file, save
from torch import Tensor

from ..errors import RunError, first_line, problem
from ..files import written_whole

FILE_NAME = "consistency.safetensors"


def write(folder: Path, state: Mapping[str, Tensor]) -> None:
    """Writes the file into a folder, whole or not at all.

    Raises:
        OSError: if it cannot be written, as on a full disk; a file that was there stays.
    """
    plain = {name: value.detach().cpu().contiguous() for name, value in state.items()}
    with written_whole(folder / FILE_NAME) as aside:
        aside.write_bytes(save(plain))


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
