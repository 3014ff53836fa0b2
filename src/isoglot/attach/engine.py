"""How a training engine wants a second backward pass in a step: in which order, and who synchronises when."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from torch import Tensor, nn

from ..errors import problem
from ..representation import Backward

Term = Callable[[Backward], None]


class Engine:
    """One process, no wrapper: the trainer's own step, then the term.

    In this order no gradient is held while the trainer's own pass is at its peak.
    """

    lockstep = False  # whether every process must make as many passes in the same order: it may have part of the model

    def __init__(self, trainer: Any, model: Any) -> None:
        self.model, self.accelerator = model, trainer.accelerator

    def step(self, base: Callable[[], Any], term: Term) -> Any:
        """Runs both, and returns what the trainer's own step returns.

        Args:
            base: the trainer's own step.
            term: back-propagates the term by the function it is given.
        """
        result = base()
        term(self.backward)
        return result

    def backward(self, loss: Tensor, last: bool) -> None:  # noqa: ARG002
        """Back-propagates a part of the term, which counts once in an optimizer step, not once in a micro-step."""
        self.accelerator.backward(loss * self.accelerator.gradient_accumulation_steps)


class DataParallel(Engine):
    """DDP: the term first and not synchronised, then the trainer's own step, which reduces the sum of both.

    In any other order the reducer, which is armed by the forward pass and waits for every parameter, would miss the
    layers above the chosen one. The term goes round the wrapper, see ``inside_ddp``.
    """

    def step(self, base: Callable[[], Any], term: Term) -> Any:
        """The term, then the trainer's own step."""
        with self.accelerator.no_sync(self.model):
            term(self.backward)
        return base()


class FullyShardedDataParallel(Engine):
    """FSDP2: one after the other, each reduced and sharded by itself, so that whole gradients are never held."""

    lockstep = True


class DeepSpeed(Engine):
    """DeepSpeed ZeRO: the trainer's own step first, the step of its optimizer with the last part of the term.

    ZeRO-3 copies what a window's first backward gives and adds what later ones give; the first must be the one that
    reaches every layer.
    """

    lockstep = True

    def step(self, base: Callable[[], Any], term: Term) -> Any:
        """The trainer's own step, then the term, which ends the window."""
        with self._no_boundary():
            result = base()
        term(self.backward)
        return result

    def backward(self, loss: Tensor, last: bool) -> None:
        """Back-propagates a part of the term; with the last of a window's last micro-step the optimizer steps."""
        wrapped = self.accelerator.deepspeed_engine_wrapped
        boundary = last and self.accelerator.sync_gradients
        wrapped.backward(loss, sync_gradients=boundary, scale_wrt_gas=False)

    @contextmanager
    def _no_boundary(self) -> Iterator[None]:
        """No backward pass in it is the window's last. GRPO reads ``sync_gradients``, so that stays as it is."""
        wrapped = self.accelerator.deepspeed_engine_wrapped
        original = wrapped.backward

        def backward(loss: Tensor, sync_gradients: bool = True, **options: Any) -> None:  # noqa: ARG001
            original(loss, sync_gradients=False, **options)

        wrapped.backward = backward
        try:
            yield
        finally:
            del wrapped.backward


def engine_of(trainer: Any, model: Any) -> Engine:
    """The engine that has wrapped a model."""
    wrapper = getattr(model, "_orig_mod", model)
    if type(wrapper).__name__ == "DeepSpeedEngine":
        return DeepSpeed(trainer, model)
    if hasattr(wrapper, "set_requires_gradient_sync"):
        return FullyShardedDataParallel(trainer, model)
    if isinstance(wrapper, nn.parallel.DistributedDataParallel):
        return DataParallel(trainer, model)
    return Engine(trainer, model)


def shards(trainer: Any) -> bool:
    """Whether the trainer's engine will hand each process a part of the parameters, once training begins."""
    names = ("is_deepspeed_enabled", "is_fsdp_enabled", "is_distributed_loading_by_transformers")
    return any(getattr(trainer, name, False) for name in names)


def check_engine(trainer: Any, *, extractor: bool, skips: bool) -> list[str]:
    """What cannot work with a trainer's engine, a sentence each.

    Args:
        trainer: a Hugging Face trainer.
        extractor: whether the term has one that is trained.
        skips: whether the term may leave something out of a step.
    """
    found = []

    def refuse(expected: str, got: str, step: str) -> None:
        found.append(problem("trainer", expected, got, step))

    args, accelerator = trainer.args, trainer.accelerator
    deepspeed = getattr(trainer, "is_deepspeed_enabled", False)
    if getattr(args, "n_gpu", 1) > 1:
        refuse("one device per process", f"torch.nn.DataParallel over {args.n_gpu}", "Start it with accelerate launch")
    if getattr(trainer, "is_fsdp_enabled", False) and not getattr(accelerator, "is_fsdp2", False):
        refuse("FSDP version 2", "version 1", "Set fsdp_version: 2 in the accelerate configuration")
    handler = getattr(accelerator, "ddp_handler", None)
    if getattr(handler, "static_graph", False) or getattr(args, "ddp_static_graph", False):
        step = "Leave static_graph out: a step with the term has another graph than one without"
        refuse("DDP without static_graph", "static_graph", step)
    optim = str(getattr(args.optim, "value", args.optim))
    if optim in ("lomo", "adalomo") or optim.endswith("_layerwise"):
        refuse("an optimizer that steps after backward", optim, "Choose another optim")
    for what in sharing_batches(trainer):
        refuse(f"no {what} parallelism", "it", "Use data parallelism, FSDP2 or DeepSpeed ZeRO")
    if getattr(trainer, "is_fsdp_enabled", False) and extractor:
        step = "Set consistency.extractor to frozen or null, or use DDP"
        refuse(
            "no trained extractor with FSDP through accelerate, which takes parameters of the model only", "one", step
        )
    if deepspeed and extractor:
        step = "Set consistency.extractor to frozen or null, or use DDP"
        refuse("no trained extractor with DeepSpeed, which owns the optimizer", "extractor linear", step)
    if deepspeed and skips:
        step = "Set consistency.on_nonfinite to stop; DeepSpeed itself skips steps that overflow"
        refuse("on_nonfinite stop with DeepSpeed", "skip", step)
    return found


def sharing_batches(trainer: Any) -> list[str]:
    """The kinds of parallelism in which processes share a batch, of those that are on: each would draw other prompts.

    Looked for where accelerate, transformers (a model loaded in parts) and DeepSpeed have them.
    """
    accelerator, model = trainer.accelerator, getattr(trainer, "model", None)
    by_accelerate = getattr(accelerator, "parallelism_config", None)
    dealt = getattr(getattr(model, "config", None), "distributed_config", None)
    plugin = getattr(getattr(accelerator, "state", None), "deepspeed_plugin", None)
    by_deepspeed = getattr(plugin, "deepspeed_config", None) or {}
    autotp = (by_deepspeed.get("tensor_parallel") or {}).get("autotp_size")

    def several(count: Any) -> bool:
        return isinstance(count, int) and count > 1

    on = {
        "tensor": getattr(by_accelerate, "tp_enabled", False)
        or any(map(several, (getattr(dealt, "tp_size", None), getattr(model, "_tp_size", None), autotp))),
        "context": getattr(by_accelerate, "cp_enabled", False),
        "sequence": getattr(by_accelerate, "sp_enabled", False) or several(by_deepspeed.get("sequence_parallel_size")),
        "pipeline": several(getattr(dealt, "pp_size", None)),
        "expert": several(getattr(dealt, "ep_size", None)) or bool(getattr(dealt, "enable_expert_parallel", False)),
        "Megatron's": str(getattr(accelerator, "distributed_type", "")).endswith("MEGATRON_LM"),
    }
    return [what for what, is_on in on.items() if is_on]
