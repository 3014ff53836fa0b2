"""A consistency term added to a Hugging Face trainer, by hooks on the instance."""

from __future__ import annotations

import copy
import warnings
from functools import partial
from pathlib import Path
from typing import Any

from ..consistency import Consistency
from ..consistency.budget import unlimited
from ..consistency.term import ConsistencyTerm
from ..errors import ModelError, problem, raise_all
from ..groups import PromptGroups
from ..groups.sampling import Turn
from ..models.template import Chat
from ..progress import Show
from ..representation import Backward
from . import REFERENCE
from .arguments import check_for_trainer
from .attachment import Attachment
from .bypassed import Bypassed
from .ending import concern
from .engine import DeepSpeed, Engine, check_engine, engine_of, shards
from .reach import check_reach
from .tokens import look_at_data, tokens_per_step
from .written import check_written

_HOOKED = (
    "training_step", "log", "create_optimizer", "save_model", "_load_from_checkpoint", "_load_optimizer_and_scheduler",
    "_load_best_model",
)  # fmt: skip


def attach_to(
    trainer: Any,
    consistency: Consistency,
    groups: PromptGroups,
    *,
    reference: str | Path | None,
    chat: Chat,
    show: Show | None = None,
    written: bool = False,
) -> Attachment:
    """What :func:`isoglot.attach` does, once it is called.

    Args:
        written: whether it is known, and said, how the training's data are written; else they are looked at.
    """
    check_for_trainer(trainer, consistency, groups, chat)
    tokenizer = chat.written(_tokenizer_if_it_can_work(trainer, consistency))
    looked = look_at_data(trainer)
    if not written and trainer.args.process_index == 0:
        check_written(looked, tokenizer)
    # What begins with _ stays here when the trainer pushes its folder to the hub.
    folder = Path(trainer.args.output_dir) / f"_{REFERENCE}" if reference is None else Path(reference)
    term = ConsistencyTerm(
        trainer.model,
        tokenizer,
        consistency,
        groups,
        folder=folder,
        training=tokens_per_step(trainer, looked),
        processes=trainer.args.world_size,
        show=show,
    )
    if (said := unlimited(consistency, term.prompts.limits)) and trainer.args.process_index == 0:
        warnings.warn(said, stacklevel=3)
    attachment = Attachment(trainer.model, term)
    if consistency.weight:
        check_reach(trainer.model, consistency, term.layers)
    if not shards(trainer):  # else once the engine has the model
        with trainer.accelerator.autocast():  # in the precision of the passes that it is compared with
            attachment.remember()
    attachment._hooks = TrainerHooks(trainer, attachment)
    return attachment


def _tokenizer_if_it_can_work(trainer: Any, consistency: Consistency) -> Any:
    """The trainer's tokenizer.

    Raises:
        ModelError: for what cannot work with this trainer, or this engine.
    """
    if getattr(trainer, "_isoglot", None) is not None:
        raise ModelError(problem("trainer", "no attachment yet", "one that has one", "Call its detach() first"))
    tokenizer = tokenizer_of(getattr(trainer, "processing_class", None))
    if tokenizer is None:
        raise ModelError(problem("trainer", "a tokenizer", "none", "Create it with processing_class=tokenizer"))
    if getattr(trainer, "model_init", None) is not None:
        step = "Give it a model, and attach anew for each training"
        raise ModelError(problem("trainer", "a model", "model_init, which makes another one in train()", step))
    trained = consistency.extractor == "linear"
    raise_all(check_engine(trainer, extractor=trained, skips=consistency.on_nonfinite == "skip"), ModelError)
    if trained and getattr(trainer, "optimizer", None) is not None:
        step = "Attach before, or pass an optimizer class (optimizer_cls_and_kwargs) instead of an optimizer"
        expected, got = "no optimizer yet, since the extractor is to be trained", "one that has been created"
        raise ModelError(problem("trainer", expected, got, step))
    return tokenizer


def tokenizer_of(processing_class: Any) -> Any:
    """The tokenizer: a multi-modal processor has one inside, and may keep the chat template to itself."""
    from transformers import PreTrainedTokenizerBase

    if processing_class is None or isinstance(processing_class, PreTrainedTokenizerBase):
        return processing_class
    tokenizer = getattr(processing_class, "tokenizer", processing_class)
    template = getattr(processing_class, "chat_template", None)
    if template and not getattr(tokenizer, "chat_template", None):
        tokenizer = copy.copy(tokenizer)
        tokenizer.chat_template = template
    return tokenizer


class TrainerHooks:
    """Replaces a few methods of one trainer instance by ones that call the originals.

    The term is back-propagated by itself, not summed with the trainer's own loss: two separate backward passes are
    right in more set-ups than one (gradient checkpointing, data-parallel engines that look for unused parameters,
    trainers that never call ``compute_loss``), and hold the activations of one pass at a time.
    """

    def __init__(self, trainer: Any, attachment: Attachment) -> None:
        self.trainer, self.attachment = trainer, attachment
        self._original = {name: getattr(trainer, name) for name in _HOOKED}
        self._own = {name: vars(trainer)[name] for name in _HOOKED if name in vars(trainer)}
        for name in _HOOKED:
            setattr(trainer, name, getattr(self, name))
        trainer._isoglot = attachment
        self._state: Any = None
        self._step, self._micro_step = -1, 0
        self._bypassed = Bypassed(trainer, lambda: self._state is not None)
        self._watch(getattr(trainer, "optimizer", None))

    def _watch(self, optimizer: Any) -> None:
        if not shards(self.trainer):  # these make a step of their own when they begin or resume
            self._bypassed.watch(optimizer)

    def remove(self) -> None:
        """Gives the trainer its own methods back."""
        self._bypassed.remove()
        for name in (*_HOOKED, "_isoglot"):
            vars(self.trainer).pop(name, None)
        vars(self.trainer).update(self._own)

    def training_step(self, model: Any, *args: Any, **kwargs: Any) -> Any:
        """The trainer's own step and, where it is applied, the term in the first micro-step, as the engine wants."""
        trainer, step = self.trainer, self.trainer.state.global_step
        again = step == self._step and trainer.state is self._state  # each call of train() has a state of its own
        self._micro_step = self._micro_step + 1 if again else 0
        self._step, self._state = step, trainer.state

        def base() -> Any:
            return self._original["training_step"](model, *args, **kwargs)

        if not self._micro_step:
            for parameter in self.attachment.parameters():  # the trainer sets to zero those of its model only
                parameter.grad = None
        if self._micro_step or not self.attachment.due(step):
            return base()
        engine = engine_of(trainer, model)
        if engine.lockstep:
            self.attachment.remember(model)
        if not self.attachment.consistency.scale(step):  # measured only: no engine has anything to wait for
            self._term(engine, engine.backward)
            return base()
        return engine.step(base, partial(self._term, engine))

    def _term(self, engine: Engine, backward: Backward) -> None:
        """Back-propagates the term of a step; its gradient is added to what there is."""
        trainer, model = self.trainer, engine.model
        model.train()
        if callable(getattr(trainer.optimizer, "train", None)):  # one without a schedule has weights for evaluation
            trainer.optimizer.train()
        with trainer.compute_loss_context_manager():
            metrics = self.attachment.propagate(self._turn(), model, backward, lockstep=engine.lockstep)
        self.attachment.record(metrics)
        if self.attachment.consistency.scale(self._step):
            self._check_gradients(engine)

    def log(self, logs: dict[str, float], *args: Any, **kwargs: Any) -> Any:
        """Adds the metrics to a line of training; at the end says what all lines show."""
        if "loss" in logs:  # a line of training, not of evaluation or of the end
            logs.update({name: float(f"{value:.6g}") for name, value in self.attachment.recorded().items()})
        result = self._original["log"](logs, *args, **kwargs)
        if "train_runtime" in logs and self.trainer.args.process_index == 0:  # the last line
            said = concern(self.trainer.state.log_history, self.attachment.consistency.space)
            if said is not None:
                warnings.warn(said, stacklevel=2)
        return result

    def create_optimizer(self, *args: Any, **kwargs: Any) -> Any:
        """Gives the optimizer the extractor's parameters too."""
        returned = self._original["create_optimizer"](*args, **kwargs)
        optimizer = self.trainer.optimizer if returned is None else returned  # a trainer's own may only set it
        parameters = self.attachment.parameters()
        known = {id(p) for group in optimizer.param_groups for p in group["params"]}
        if parameters and id(parameters[0]) not in known:
            for parameter in parameters:  # as the trainer does for the model: a bias is not decayed
                decay = self.trainer.args.weight_decay if parameter.dim() > 1 else 0.0
                optimizer.add_param_group({"params": [parameter], "weight_decay": decay})
        self._watch(optimizer)
        return returned

    def save_model(self, output_dir: str | None = None, *args: Any, **kwargs: Any) -> Any:
        """Writes ``consistency.safetensors`` next to the model, in checkpoints too."""
        result = self._original["save_model"](output_dir, *args, **kwargs)
        if self.trainer.args.should_save:
            self.attachment.save(output_dir or self.trainer.args.output_dir)
        return result

    def _load_from_checkpoint(self, resume_from_checkpoint: str, *args: Any, **kwargs: Any) -> Any:
        result = self._original["_load_from_checkpoint"](resume_from_checkpoint, *args, **kwargs)
        self.attachment.load(resume_from_checkpoint)
        return result

    def _load_best_model(self, *args: Any, **kwargs: Any) -> Any:
        result = self._original["_load_best_model"](*args, **kwargs)
        self.attachment.load(self.trainer.state.best_model_checkpoint)  # the extractor that the best model had
        return result

    def _load_optimizer_and_scheduler(self, checkpoint: str | None, *args: Any, **kwargs: Any) -> Any:
        if checkpoint is not None and getattr(self.trainer, "is_deepspeed_enabled", False):
            self.attachment.load(checkpoint)  # DeepSpeed loads the model by itself
        return self._original["_load_optimizer_and_scheduler"](checkpoint, *args, **kwargs)

    def _check_gradients(self, engine: Engine) -> None:
        """Looks at the gradients before the optimizer does; where a scaler is at work they are its own."""
        if isinstance(engine, DeepSpeed) or getattr(self.trainer.accelerator, "scaler", None) is not None:
            return  # what DeepSpeed holds is out of sight
        if not self.attachment.check_gradients(self._turn(), model=engine.model):
            self.attachment.record({"consistency/skipped": 1.0})

    def _turn(self) -> Turn:
        args = self.trainer.args
        return Turn(self._step, rank=args.process_index, world_size=args.world_size)
