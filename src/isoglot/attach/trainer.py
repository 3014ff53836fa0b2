"""``attach``: one line that adds a consistency term to a Hugging Face trainer, by hooks on the instance."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from ..consistency import Consistency
from ..errors import ModelError, problem
from ..groups import PromptGroups
from ..groups.sampling import Turn
from ..representation import find_decoder
from .attachment import Attachment

_HOOKED = ("training_step", "log", "create_optimizer", "save_model", "_load_from_checkpoint")
REFERENCE = "reference"  # folder of the states from before training


def attach(
    trainer: Any,
    consistency: Consistency,
    groups: PromptGroups,
    *,
    reference: str | Path | None = None,
) -> Attachment:
    """Adds a consistency term to a Hugging Face trainer's training.

    Works on the instance: any ``transformers.Trainer``, TRL's included, trains as before and, at the beginning of
    each due training step, also back-propagates the consistency term through the layers up to the chosen one. The
    groups are drawn by the step's number, so a resumed run ends as one never stopped. Metrics appear in the trainer's
    log under ``consistency/``; checkpoints gain ``consistency.safetensors``.

    Call it before ``trainer.train()``.

    Args:
        trainer: the trainer, with its model and tokenizer (``processing_class``).
        consistency: the settings.
        groups: prompts in many languages.
        reference: folder for the guarded prompts' states from before training, which are computed once; None:
            ``reference`` in the trainer's output folder.

    Returns:
        The attachment, whose ``detach()`` restores the trainer.

    Raises:
        ModelError: for a trainer without a tokenizer, one that has an attachment already, or an engine that is not
            supported.
        ConfigError: for settings that do not fit the model.
        DataError: for groups that cannot be used.
    """
    if getattr(trainer, "_isoglot", None) is not None:
        raise ModelError(problem("trainer", "no attachment yet", "one that has one", "Call its detach() first"))
    tokenizer = getattr(trainer, "processing_class", None)
    tokenizer = getattr(tokenizer, "tokenizer", tokenizer)  # a multi-modal processor has one inside
    if tokenizer is None:
        raise ModelError(problem("trainer", "a tokenizer", "none", "Create it with processing_class=tokenizer"))
    folder = Path(trainer.args.output_dir) / REFERENCE if reference is None else reference
    # In the precision of the passes that it is told against.
    with trainer.accelerator.autocast():
        attachment = Attachment.for_model(trainer.model, tokenizer, consistency, groups, reference=folder)
    attachment._hooks = TrainerHooks(trainer, attachment)
    return attachment


class TrainerHooks:
    """Replaces a few methods of one trainer instance by ones that call the originals.

    The term is back-propagated before the trainer's own loss, in a forward and backward of its own: two separate
    backward passes are right in more set-ups than one summed loss (gradient checkpointing, data-parallel engines that
    look for unused parameters, trainers that never call ``compute_loss``).
    """

    def __init__(self, trainer: Any, attachment: Attachment) -> None:
        self.trainer, self.attachment = trainer, attachment
        self._refuse_unsupported()
        self._original = {name: getattr(trainer, name) for name in _HOOKED}
        for name in _HOOKED:
            setattr(trainer, name, getattr(self, name))
        trainer._isoglot = attachment
        self._state: Any = None
        self._step, self._micro_step, self._reached = -1, 0, False

    def remove(self) -> None:
        """Gives the trainer its own methods back."""
        for name in _HOOKED:
            vars(self.trainer).pop(name, None)
        self.trainer._isoglot = None

    def training_step(self, model: Any, *args: Any, **kwargs: Any) -> Any:
        """Back-propagates the term, then does the trainer's own step."""
        trainer, step = self.trainer, self.trainer.state.global_step
        again = step == self._step and trainer.state is self._state  # each call of train() has a state of its own
        self._micro_step = self._micro_step + 1 if again else 0
        self._step, self._state = step, trainer.state
        accumulation = getattr(trainer, "current_gradient_accumulation_steps", None)
        accumulation = accumulation or trainer.args.gradient_accumulation_steps
        turn = Turn(step, self._micro_step, accumulation, trainer.args.process_index, trainer.args.world_size)
        if self._micro_step == 0:  # the trainer sets to zero the gradients of its model only
            for parameter in self.attachment.parameters():
                parameter.grad = None
        model.train()
        # Not synchronised by itself: the trainer's own backward reduces the sum of both.
        with trainer.accelerator.no_sync(model), trainer.compute_loss_context_manager():
            loss, metrics = self.attachment(turn, model=model)
            if loss.requires_grad:
                trainer.accelerator.backward(loss * trainer.accelerator.gradient_accumulation_steps / accumulation)
                self._check_reached(model)
        if self._micro_step == accumulation - 1:
            self._share_extractor_gradient()
        self.attachment.record(metrics)
        return self._original["training_step"](model, *args, **kwargs)

    def log(self, logs: dict[str, float], *args: Any, **kwargs: Any) -> Any:
        """Adds the metrics to a line of training."""
        if "loss" in logs:  # a line of training, not of evaluation or of the end
            logs.update({name: round(value, 6) for name, value in self.attachment.recorded().items()})
        return self._original["log"](logs, *args, **kwargs)

    def create_optimizer(self, *args: Any, **kwargs: Any) -> Any:
        """Gives the optimizer the extractor's parameters too."""
        optimizer = self._original["create_optimizer"](*args, **kwargs)
        parameters = self.attachment.parameters()
        known = {id(p) for group in optimizer.param_groups for p in group["params"]}
        if parameters and id(parameters[0]) not in known:
            for parameter in parameters:  # as the trainer does for the model: a bias is not decayed
                decay = self.trainer.args.weight_decay if parameter.dim() > 1 else 0.0
                optimizer.add_param_group({"params": [parameter], "weight_decay": decay})
        return optimizer

    def save_model(self, output_dir: str | None = None, *args: Any, **kwargs: Any) -> Any:
        """Writes ``consistency.safetensors`` beside the model, in checkpoints too."""
        result = self._original["save_model"](output_dir, *args, **kwargs)
        if self.trainer.args.should_save:
            self.attachment.save(output_dir or self.trainer.args.output_dir)
        return result

    def _load_from_checkpoint(self, resume_from_checkpoint: str, *args: Any, **kwargs: Any) -> Any:
        result = self._original["_load_from_checkpoint"](resume_from_checkpoint, *args, **kwargs)
        self.attachment.load(resume_from_checkpoint)
        return result

    def _share_extractor_gradient(self) -> None:
        """Averages the extractor's gradient over processes: it is no part of the model whose gradients are."""
        if self.trainer.args.world_size == 1 or not self.attachment.consistency.scale(self._step):
            return
        for parameter in self.attachment.parameters():
            gradient = torch.zeros_like(parameter) if parameter.grad is None else parameter.grad
            parameter.grad = self.trainer.accelerator.reduce(gradient, reduction="mean")

    def _refuse_unsupported(self) -> None:
        trainer = self.trainer
        if getattr(trainer, "is_deepspeed_enabled", False):
            raise ModelError(problem("trainer", "no DeepSpeed", "DeepSpeed", "Use DDP or FSDP2 with this version"))
        if getattr(trainer, "optimizer", None) is not None and self.attachment.parameters():
            raise ModelError(
                problem(
                    "trainer",
                    "no optimizer yet, since the extractor is to be trained",
                    "one that has been created",
                    "Attach before, or pass an optimizer class (optimizer_cls_and_kwargs) instead of an optimizer",
                )
            )

    def _check_reached(self, model: Any) -> None:
        """Says so, once, if the first due step moved nothing that the term is about."""
        if self._reached:
            return
        self._reached = True
        decoder = find_decoder(model)
        deepest = max(self.attachment.term.layers)
        reachable = [p for layer in decoder.layers[:deepest] for p in layer.parameters() if p.requires_grad]
        if not any(p.grad is not None and bool((p.grad != 0).any()) for p in reachable):
            raise ModelError(
                problem(
                    "attach",
                    f"gradients in trainable parameters of decoder layers 1 to {deepest}",
                    "none",
                    "Choose a deeper consistency.layer, or train (or adapt) these layers",
                )
            )
