"""Reference states: where prompts were before training, in half precision, on disk if there is a folder for them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from ..errors import RunError, problem
from ..files import written_whole
from ..models.fingerprint import model_hash
from ..models.modes import evaluating

AT_A_TIME = 64  # prompts per file, and per reference pass
States = Callable[[Sequence[Sequence[int]]], Tensor]


class _Half(NamedTuple):
    """float16 of rows divided by their largest value, so that no state is too large or too small for it."""

    values: Tensor  # (layers, prompts, hidden) float16
    scale: Tensor  # (layers, prompts, 1) float32

    @classmethod
    def of(cls, states: Tensor) -> _Half:
        scale = states.abs().amax(-1, keepdim=True).float().clamp_min(1e-30)
        return cls((states.float() / scale).half(), scale)

    def at(self, places: Sequence[int]) -> Tensor:
        return self.values[:, places].float() * self.scale[:, places]


class ReferenceStates:
    """States of given prompts at given layers, of the model as it was before training.

    They are computed once. With a folder each part is written when it is done, under a name made of the prompts, the
    layers, the model's weights and their precision; the same call later finds it, whether that run was finished,
    stopped or killed. Rows are kept to about three decimal digits.

    Args:
        prompts: token ids, prompt by prompt.
        layers: decoder layers counted from 1.
        folder: where to keep the states; None: in memory only.
    """

    def __init__(self, prompts: Sequence[Sequence[int]], layers: Sequence[int], folder: Path | None = None) -> None:
        self._prompts, self._layers, self._folder = prompts, len(layers), folder
        self._prompts_hash = hashlib.sha256(repr([list(layers), [list(p) for p in prompts]]).encode()).hexdigest()[:16]
        self._model_hash = ""
        self._states: _Half | None = None

    @property
    def name(self) -> str:
        """What the states are of: a hash of prompts and layers, one of the model, its precision; empty before."""
        return f"{self._prompts_hash}-{self._model_hash}" if self._states is not None else ""

    def compute(
        self,
        model: Any,
        states: States,
        most: Callable[[int], int] = int,
        progress: Callable[[int, int], None] | None = None,
    ) -> None:
        """Takes the model's present states, without dropout; parts that are on disk already are read.

        Args:
            model: the model, put into evaluation mode meanwhile.
            states: prompts -> (layers, prompts, hidden size).
            most: the largest number that any of the processes has, where these must make as many passes.
            progress: called with the number of prompts whose states are there, and of all.
        """
        self._model_hash = f"{model_hash(model)}-{_precision(model)}"
        tell, count, parts = progress or (lambda *_: None), len(self._prompts), []
        with evaluating(model):
            for start in self._starts():
                tell(start, count)
                parts.append(self._part(states, start, most))
        tell(count, count)
        self._states = _joined(parts)

    def __getitem__(self, places: Sequence[int]) -> Tensor:
        """(layers, len(places), hidden size) float32, on the CPU.

        Raises:
            RunError: if there are none yet.
        """
        if self._states is None:
            raise RunError(problem("reference", "states from before training", "none", "Call remember(model) before"))
        return self._states.at(places)

    def state_dict(self) -> dict[str, Tensor]:
        """The name of what is on disk; without a folder the states themselves."""
        if self._states is None:
            return {}
        name = {"reference.name": torch.frombuffer(bytearray(self.name.encode()), dtype=torch.uint8)}
        if self._folder is not None:
            return name
        return name | {"reference.values": self._states.values, "reference.scale": self._states.scale}

    def load_state_dict(self, state: Mapping[str, Tensor]) -> None:
        """Goes back to the reference that :meth:`state_dict` names.

        Raises:
            RunError: if it is of other prompts, or of another model and no longer on disk.
        """
        if "reference.name" not in state:
            return
        name = bytes(state["reference.name"].cpu().tolist()).decode()
        prompts, _, model = name.partition("-")
        if prompts != self._prompts_hash:
            step = "Resume with the prompt groups, layer, space and guards that the run began with"
            raise RunError(problem("reference", "states of these prompts at these layers", "those of others", step))
        if "reference.values" in state:
            self._states = _Half(state["reference.values"].cpu(), state["reference.scale"].cpu())
            self._model_hash = model
        elif name != self.name:
            self._model_hash = model
            parts = [self._read(start) for start in self._starts()]
            if None in parts:
                step = "Resume from the model that the run began with, in the folder where it began"
                raise RunError(problem("reference", f"the states {name} in {self._folder}", "nothing", step))
            self._states = _joined([part for part in parts if part is not None])

    def _starts(self) -> range:
        return range(0, len(self._prompts), AT_A_TIME)

    def _part(self, states: States, start: int, most: Callable[[int], int]) -> _Half:
        found = self._read(start)
        if not most(int(found is None)) and found is not None:  # where one process must run it, all do
            return found
        now = states(self._prompts[start : start + AT_A_TIME]).cpu()
        if not bool(torch.isfinite(now).all()):
            step = "Load the model with a wider model.dtype, or look for such values in it"
            raise RunError(problem("reference states", "finite values", "infinity or not a number", step))
        made = _Half.of(now)
        path = self._path(start)
        if path is not None:
            with written_whole(path) as aside:  # several processes may write it at once
                save_file(made._asdict(), aside)
        return made

    def _read(self, start: int) -> _Half | None:
        path = self._path(start)
        if path is None or not path.exists():
            return None
        try:
            found = _Half(**load_file(path))
        except (SafetensorError, TypeError):  # cut short by a failing disk
            return None
        count = min(AT_A_TIME, len(self._prompts) - start)
        whole = found.values.shape[:2] == found.scale.shape[:2] == (self._layers, count)
        return found if whole and bool(torch.isfinite(found.values).all()) else None

    def _path(self, start: int) -> Path | None:
        if self._folder is None:
            return None
        name = f"{self._prompts_hash}-{self._model_hash}"
        return self._folder / name / f"{start:06d}+{AT_A_TIME}.safetensors"


def _precision(model: Any) -> str:
    """The floats that a pass is computed in: those of the weights, and those of autocast where it is on."""
    parameter = next(model.parameters())
    kind = parameter.device.type
    used = [parameter.dtype, *([torch.get_autocast_dtype(kind)] if torch.is_autocast_enabled(kind) else [])]
    return "-".join(str(dtype).removeprefix("torch.") for dtype in used)


def _joined(parts: Sequence[_Half]) -> _Half:
    values, scales = zip(*parts, strict=True)
    with torch.autocast("cpu", enabled=False):  # it knows no float16
        return _Half(torch.cat(values, dim=1), torch.cat(scales, dim=1))
