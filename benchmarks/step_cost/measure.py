"""Times and peaks of memory of the variants."""

from __future__ import annotations

import copy
import ctypes
import gc
import multiprocessing
import os
import random
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

import torch
from floor import dpo_operations, extra_operations
from released import DIMENSION, ConcatenatedLoss
from torch import Tensor
from variants import DPO, HALF_DEPTH, LAYERS, LOGITS, Variant
from workload import SHAPES, Workload

from isoglot import attach
from isoglot.consistency.term import ConsistencyTerm
from isoglot.groups.sampling import Turn
from isoglot.models.decoder import unwrapped

CLEAR = Path("/proc/self/clear_refs")  # writing 5 sets the peak of this process to what it holds now
WARM_UP = 70  # number of a round that is not counted


@dataclass
class Measured:
    """Of one shape, by variant's name and round."""

    seconds: dict[str, list[float]] = field(default_factory=dict)
    base: dict[str, list[float]] = field(default_factory=dict)  # the part of a step that is the trainer's own
    tokens: dict[str, list[int]] = field(default_factory=dict)
    operations: dict[str, list[float]] = field(default_factory=dict)
    peak: dict[str, list[float]] = field(default_factory=dict)  # MiB

    def added(self, name: str) -> list[float]:
        """Seconds beside the trainer's own, round by round; of the released way, beside the slower DPO alone."""
        if name in self.base:
            return [whole - own for whole, own in zip(self.seconds[name], self.base[name], strict=True)]
        slower = map(max, self.seconds[DPO.name], self.seconds[LOGITS.name])
        return [whole - own for whole, own in zip(self.seconds[name], slower, strict=True)]

    def times_dpo(self, name: str) -> list[float]:
        """The step to DPO alone, round by round; with a term attached, to the trainer's own part of the same step."""
        own = self.base.get(name, self.seconds[DPO.name])
        return [whole / part for whole, part in zip(self.seconds[name], own, strict=True)]

    def floor(self, name: str, rate_of: Variant = DPO) -> list[float]:
        """Seconds, round by round, at the rate of DPO alone or of its layers; see ``floor.py``."""
        return [work / rate for work, rate in zip(self.operations[name], self.rates(rate_of), strict=True)]

    def rates(self, variant: Variant) -> list[float]:
        """Operations a second, round by round; those of DPO alone also where a term was attached to it."""
        seconds = [self.seconds[variant.name], *(self.base.values() if variant is DPO else ())]
        work = self.operations[variant.name]
        return [done / median(took) for done, *took in zip(work, *seconds, strict=True)]


class _Watched:
    """A trainer's own step, which remembers how long it took."""

    def __init__(self, trainer: Any, device: torch.device) -> None:
        self._step, self._device, self.seconds = trainer.training_step, device, 0.0

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        result = []
        self.seconds = timed(lambda: result.append(self._step(*args, **kwargs)), self._device)
        return result[0]


class Bench:
    """Variants of a step on one model.

    Args:
        workload: the model and what it is given.
        folder: for the states from before training.
    """

    def __init__(self, workload: Workload, folder: Path) -> None:
        self.work, self._folder = workload, folder
        self._groups = {10: workload.groups(10)}
        self._trainers: dict[str, Any] = {}
        self._watched: dict[str, _Watched] = {}
        self._terms: dict[str, ConsistencyTerm] = {}
        settings = HALF_DEPTH.settings
        self._draw = ConsistencyTerm(workload.model, workload.tokenizer, settings, self._groups[10])

    def prepare(self, variant: Variant) -> None:
        """Gives the variant a trainer of its own, with the same model."""
        trainer = copy.copy(self.work.trainer)
        if variant.languages not in self._groups:
            self._groups[variant.languages] = self.work.groups(variant.languages)
        if variant.way == "logits" or variant.whole_logits:
            trainer._compute_loss = ConcatenatedLoss(trainer)
        if variant.way == "released":
            extractor = torch.nn.Linear(self.work.shape.hidden, DIMENSION, device=self.work.device)
            trainer._compute_loss = ConcatenatedLoss(trainer, extractor=extractor)
        elif variant.way == "attached":
            groups = self._groups[variant.languages]
            trainer.training_step = self._watched[variant.name] = _Watched(trainer, self.work.device)
            self._terms[variant.name] = attach(trainer, variant.settings, groups, reference=self._folder).term
        self._trainers[variant.name] = trainer

    def run(self, variant: Variant, number: int) -> tuple[float, float]:
        """Seconds of a step, and those that the trainer's own part took, on average over the steps of a round.

        The optimizer's part is done and does not count.
        """
        found = [self._step(variant, step, self.work.batch(number)) for step in variant.steps(number)]
        whole, own = (sum(values) / len(found) for values in zip(*found, strict=True))
        return whole, own

    def _step(self, variant: Variant, step: int, inputs: dict[str, Tensor]) -> tuple[float, float]:
        trainer = self._trainers[variant.name]
        trainer.state.global_step = step
        if variant is LAYERS:
            seconds = timed(lambda: self._layers(inputs), self.work.device)
            self.work.finish()
            return seconds, seconds
        if variant.way == "released":
            trainer._compute_loss.prompts = self._prompts(self._draw, step)
        whole = timed(lambda: trainer.training_step(self.work.model, inputs), self.work.device)
        self.work.finish()
        return whole, self._watched[variant.name].seconds if variant.name in self._watched else whole

    def _layers(self, inputs: dict[str, Tensor]) -> None:
        """Forward and backward through all layers, without embeddings, head and loss."""
        decoder = unwrapped(self.work.model).model
        begin = decoder.embed_tokens(inputs["input_ids"]).detach().requires_grad_()
        with self.work.trainer.compute_loss_context_manager():
            end = decoder(inputs_embeds=begin, attention_mask=inputs["attention_mask"], use_cache=False)
        end.last_hidden_state.backward(torch.ones_like(end.last_hidden_state))

    def tokens(self, variant: Variant, number: int) -> list[int]:
        """Of the prompts beside the pair in a round, padding not counted."""
        if variant.way in ("dpo", "layers", "logits"):
            return []
        term = self._terms.get(variant.name, self._draw)
        return [len(prompt) for prompt in self._prompts(term, variant.steps(number)[0])]

    def operations(self, variant: Variant, number: int) -> float:
        """Of DPO alone, or those beside it."""
        shape, settings = self.work.shape, variant.settings
        if settings is not None:
            layers = max(self._terms[variant.name].layers)
            return extra_operations(shape, self.tokens(variant, number), layers) / settings.every
        inputs = self.work.batch(number)
        rows, length = inputs["input_ids"].shape
        if variant is LAYERS:
            return extra_operations(shape, [length] * rows, shape.layers)
        scored = rows * (length - 1)
        if self.work.device.type == "cuda" and variant.way == "dpo":  # TRL's kernel there scores nothing but answers
            scored = int(inputs["completion_mask"][:, 1:].sum())
        return dpo_operations(shape, [length] * rows, scored, again=variant.way == "dpo")

    @staticmethod
    def _prompts(term: ConsistencyTerm, step: int) -> list[list[int]]:
        due = step - step % term.consistency.every
        return [term.prompts.encode(cell) for cell in term.prompts.portion(Turn(due)).cells]


def timed(action: Callable[[], Any], device: torch.device) -> float:
    """Seconds: this process's own on a CPU, whatever else runs there; the device's on a GPU."""
    if device.type == "cuda":
        begin, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
        begin.record()
        action()
        end.record()
        end.synchronize()
        return begin.elapsed_time(end) / 1e3
    began = time.process_time()
    action()
    return time.process_time() - began


def times(
    name: str,
    variants: Sequence[Variant],
    rounds: int,
    device: torch.device,
    pair: int | None,
    say: Callable,
    *,
    pairs: int = 1,
) -> Measured:
    """Seconds of all variants of a shape, in turns; each round in another order."""
    found = Measured()
    with tempfile.TemporaryDirectory() as folder:
        work = Workload(SHAPES[name], device, pair, Path(folder), pairs)
        bench = Bench(work, Path(folder) / "reference")
        work.set_up()
        for variant in variants:
            bench.prepare(variant)
            if variant.way in ("dpo", "attached"):
                bench.run(variant, WARM_UP)
            found.seconds[variant.name] = []
            if variant.way == "attached":
                found.base[variant.name] = []
            found.tokens[variant.name] = [sum(bench.tokens(variant, number)) for number in range(rounds)]
            found.operations[variant.name] = [bench.operations(variant, number) for number in range(rounds)]
        for number in range(rounds):
            for variant in random.Random(number).sample(variants, len(variants)):  # what ran before leaves its marks
                whole, own = bench.run(variant, number)
                found.seconds[variant.name].append(whole)
                if variant.way == "attached":
                    found.base[variant.name].append(own)
            took = ", ".join(f"{variant.name} {found.seconds[variant.name][-1]:.2f} s" for variant in variants)
            say(f"{name}, round {number + 1} of {rounds}: {took}")
        if device.type == "cuda":
            for variant in variants:
                found.peak[variant.name] = [_cuda_peak(bench, variant, number) for number in range(3)]
    return found


def peaks(
    name: str, variants: Sequence[Variant], repeats: int, device: torch.device, pair: int | None, say: Callable
) -> dict[str, list[float]]:
    """Peaks of memory on a CPU in MiB, each variant in a process of its own; empty where Linux does not tell them."""
    if device.type != "cpu" or not os.access(CLEAR, os.W_OK) or not repeats:
        return {}
    found, context = {}, multiprocessing.get_context("fork")
    for variant in variants:
        queue = context.SimpleQueue()
        child = context.Process(target=_peaks, args=(name, variant, repeats, pair, queue))
        child.start()
        child.join()
        if child.exitcode:
            raise SystemExit(f"{name}, {variant.name}: the process that measures memory ended with {child.exitcode}")
        found[variant.name] = queue.get()
        say(f"{name}, memory, {variant.name}: {', '.join(f'{peak:.0f}' for peak in found[variant.name])} MiB")
    return found


def _peaks(name: str, variant: Variant, repeats: int, pair: int | None, queue: Any) -> None:
    """Of single steps beyond what was held before, optimizer state included and freed memory given back."""
    with tempfile.TemporaryDirectory() as folder:
        work = Workload(SHAPES[name], torch.device("cpu"), pair, Path(folder))
        bench = Bench(work, Path(folder) / "reference")
        bench.prepare(variant)
        work.set_up()
        found = []
        for number in range(repeats):
            gc.collect()
            with suppress(OSError, AttributeError):
                ctypes.CDLL("libc.so.6").malloc_trim(0)
            CLEAR.write_text("5")
            before = _status("VmRSS")
            bench.run(variant, number)
            found.append((_status("VmHWM") - before) / 1024)
        queue.put(found)


def _status(key: str) -> int:
    """KiB."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(key))


def _cuda_peak(bench: Bench, variant: Variant, number: int) -> float:
    torch.cuda.synchronize()
    torch.cuda.empty_cache()
    before = torch.cuda.memory_allocated()
    torch.cuda.reset_peak_memory_stats()
    bench.run(variant, WARM_UP + 1 + number)
    return (torch.cuda.max_memory_allocated() - before) / 2**20
