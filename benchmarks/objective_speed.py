"""Forward and backward of each objective, against the paper's loss by a plain SVD of the rows, in one run.

The last row of a size is what the training log watches of such groups, which has no backward.

    python benchmarks/objective_speed.py --output docs/results/objective_speed.md

Each objective alternates with the SVD form; times are medians over the rounds, ratios the median of the pairs. Memory
is the peak of what was allocated beyond the input and its gradient, as a share of these two.
"""

from __future__ import annotations

import argparse
import functools
import gc
import platform
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor

from isoglot.objectives import OBJECTIVES
from isoglot.objectives.rank_one import equation
from isoglot.representation import monitor

SIZES = ((16, 10, 512), (64, 10, 3584), (64, 50, 4096))
Loss = Callable[[Tensor], Tensor]


def inputs(size: tuple[int, int, int], device: torch.device) -> Tensor:
    """Rows with a large part in common, as hidden states have."""
    generator = torch.Generator().manual_seed(0)
    common = torch.randn(size[0], 1, size[2], generator=generator)
    return (common + torch.randn(size, generator=generator)).to(device).requires_grad_()


def watched(z: Tensor) -> Tensor:
    """What the log watches where no extractor is used."""
    return torch.tensor(list(monitor(z, z).values()))


def step(loss: Loss, z: Tensor) -> None:
    """Forward, and backward where there is one."""
    z.grad = None
    value = loss(z).mean()
    if value.requires_grad:
        value.backward()


def seconds(loss: Loss, z: Tensor) -> float:
    """Wall time of one step."""
    wait = torch.cuda.synchronize if z.is_cuda else lambda: None
    wait()
    began = time.perf_counter()
    step(loss, z)
    wait()
    return time.perf_counter() - began


def extra_memory(loss: Loss, z: Tensor) -> float:
    """Peak of allocations beyond the input and its gradient, as a share of these two."""
    z.grad = None
    gc.collect()
    both = 2 * z.numel() * z.element_size()
    if z.is_cuda:
        torch.cuda.reset_peak_memory_stats()
        before = torch.cuda.memory_allocated()
        step(loss, z)
        peak = torch.cuda.max_memory_allocated() - before
    else:
        with torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CPU], profile_memory=True) as profile:
            step(loss, z)
        events = [event for event in profile.profiler.kineto_results.events() if event.name() == "[memory]"]
        held = peak = 0
        for event in sorted(events, key=lambda event: event.start_ns()):
            held += event.nbytes()
            peak = max(peak, held)
    return (peak - both / 2) / both


def lines(size: tuple[int, int, int], rounds: int, device: torch.device) -> list[str]:
    """A table row per objective; the first is the SVD's."""
    z = inputs(size, device)
    plain_loss = OBJECTIVES["rank_one"]
    losses: dict[str, Loss] = {"rank_one": plain_loss}
    losses |= {name: function for name, function in sorted(OBJECTIVES.items()) if name != "rank_one"}
    losses["rank_one, scaling none"] = functools.partial(plain_loss, scaling="none")
    losses["what the log watches"] = watched
    step(equation, z)
    svd, found = [], []
    for name, loss in losses.items():
        step(loss, z)
        pairs = [(seconds(equation, z), seconds(loss, z)) for _ in range(rounds)]
        svd += [slow for slow, _ in pairs]
        ours = statistics.median(fast for _, fast in pairs)
        ratio = statistics.median(slow / fast for slow, fast in pairs)
        found.append(f"| {name} | {1e3 * ours:.2f} | {ratio:.1f} | {100 * extra_memory(loss, z):.1f} % |")
    first = (
        f"| by torch.linalg.svd | {1e3 * statistics.median(svd):.2f} | 1 | {100 * extra_memory(equation, z):.1f} % |"
    )
    return [first, *found]


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--output", type=Path)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    device = torch.device(options.device)
    machine = torch.cuda.get_device_name() if device.type == "cuda" else f"{platform.machine()} CPU"
    text = [f"Torch {torch.__version__}, {machine}, {options.threads} thread(s), {options.rounds} rounds, float32.\n"]
    for size in SIZES:
        text += [f"**{size[0]} groups x {size[1]} languages x {size[2]} dimensions**\n"]
        text += [
            "| | milliseconds | times faster than the SVD | memory beyond input and gradient |",
            "|---|---|---|---|",
        ]
        text += [*lines(size, options.rounds, device), ""]
    if options.output:
        options.output.parent.mkdir(parents=True, exist_ok=True)
        options.output.write_text("\n".join(text), encoding="utf-8")
    print("\n".join(text))


if __name__ == "__main__":
    main()
