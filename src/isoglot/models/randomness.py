"""The random state of a model's devices: taken, brought back, left as it was."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor

RandomState = Mapping[torch.device, Tensor]
_WITHOUT_OWN = {"cpu", "meta", "mps"}  # kinds of devices that have the CPU's state, or none that could be kept


def random_state(model: Any) -> RandomState:
    """That of the CPU and of every device that the model is on."""
    cpu = torch.device("cpu")
    devices = {parameter.device for parameter in model.parameters() if parameter.device.type not in _WITHOUT_OWN}
    return {cpu: torch.get_rng_state()} | {d: torch.get_device_module(d).get_rng_state(d) for d in devices}


@contextmanager
def same_randomness(model: Any, begin: RandomState | None = None) -> Iterator[None]:
    """After it the random state is what it was.

    Args:
        model: on whose devices.
        begin: the state to begin with; None: the present one.
    """
    present = random_state(model)
    _bring_back(begin or {})
    try:
        yield
    finally:
        _bring_back(present)


def _bring_back(state: RandomState) -> None:
    for device, value in state.items():
        if device.type == "cpu":
            torch.set_rng_state(value)
        else:
            torch.get_device_module(device).set_rng_state(value, device)
