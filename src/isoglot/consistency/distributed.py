"""The processes that share a step: what they must agree on, and states of all of them in one place."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor, nn

from ..groups.sampling import Turn


def inside_ddp(model: Any) -> Any:
    """The model inside ``DistributedDataParallel``; any other model as it is.

    The wrapper's forward pass broadcasts buffers and arms the reduction of gradients, both once per pass. The term's
    passes go round it: processes may then make different numbers of them, and what they leave in ``.grad`` is reduced
    with the training's own gradient.
    """
    inner = getattr(model, "_orig_mod", model)
    return inner.module if isinstance(inner, nn.parallel.DistributedDataParallel) else model


def reshard(model: Any) -> None:
    """Has FSDP2 give up what a forward pass gathered and no backward pass came back for.

    It keeps that (the root's own parameters, as a rule) for the next pass, which would then not see what the optimizer
    has done meanwhile.
    """
    for module in model.modules():
        if hasattr(module, "set_requires_gradient_sync"):
            module.reshard()


class Processes:
    """The other processes of a turn, where there are any and they can be reached."""

    def __init__(self, turn: Turn) -> None:
        self.rank, self.count = turn.rank, turn.world_size
        reached = dist.is_available() and dist.is_initialized() and dist.get_world_size() == turn.world_size
        self.several = turn.world_size > 1 and reached

    @classmethod
    def of_run(cls) -> Processes:
        """All that were started together."""
        started = dist.is_available() and dist.is_initialized()
        return cls(Turn(0, rank=dist.get_rank(), world_size=dist.get_world_size()) if started else Turn(0))

    def most(self, number: int, device: torch.device) -> int:
        """The largest of the numbers that the processes call this with."""
        return self._reduced(number, device, "MAX")

    def total(self, number: int, device: torch.device) -> int:
        """The sum of the numbers that the processes call this with."""
        return self._reduced(number, device, "SUM")

    def _reduced(self, number: int, device: torch.device, how: str) -> int:
        if not self.several:
            return number
        value = torch.tensor(number, device=_meeting_place(device))
        dist.all_reduce(value, op=getattr(dist.ReduceOp, how))
        return int(value)

    def mean(self, values: Sequence[Tensor]) -> list[Tensor]:
        """Means over the processes of what each calls this with, tensor by tensor."""
        if not self.several:
            return list(values)
        means = []
        for value in values:
            there = value.detach().to(_meeting_place(value.device), copy=True)
            dist.all_reduce(there)
            means.append((there / self.count).to(value.device))
        return means

    def joined(self, states: Tensor, sizes: Sequence[int]) -> Tensor:
        """States of all processes one after another, along the second dimension.

        This process's own keep their graph, and their gradient is multiplied by the number of processes: each computes
        the value over all states, and what they make of it is averaged.

        Args:
            states: (layers, cells, hidden size), of this process; it may have no cells.
            sizes: how many cells each process has.

        Returns:
            (layers, cells of all, hidden size).
        """
        layers, _, hidden = states.shape
        room = states.new_zeros(layers, max(1, *sizes), hidden)
        room[:, : states.size(1)] = states.detach()
        room = room.to(_meeting_place(states.device))
        gathered = [torch.empty_like(room) for _ in sizes]
        dist.all_gather(gathered, room)
        parts = [part[:, :size].to(states.device) for part, size in zip(gathered, sizes, strict=True)]
        parts[self.rank] = _Scaled.apply(states, float(self.count))  # type: ignore[no-untyped-call]
        return torch.cat(parts, dim=1)


def _meeting_place(device: torch.device) -> torch.device:
    """Where processes exchange tensors: NCCL knows no CPU, on which offloaded parameters lie."""
    if device.type == "cpu" and dist.get_backend() == "nccl":
        return torch.device("cuda", torch.cuda.current_device())
    return device


class _Scaled(torch.autograd.Function):
    """The same values with a multiple of their gradient."""

    @staticmethod
    def forward(ctx: object, states: Tensor, factor: float) -> Tensor:
        ctx.factor = factor  # type: ignore[attr-defined]
        return states.view_as(states)

    @staticmethod
    def backward(ctx: object, *upstream: Tensor) -> tuple[Tensor, None]:
        return upstream[0] * ctx.factor, None  # type: ignore[attr-defined]
