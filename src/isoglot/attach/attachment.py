"""A consistency term in training: its value by step, its state, its metrics."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from .. import representation as rep
from ..consistency import Consistency
from ..consistency.backward import TermBackward
from ..consistency.distributed import Processes
from ..consistency.term import ConsistencyTerm
from ..groups import PromptGroups
from ..groups.sampling import Turn
from ..models.randomness import same_randomness
from . import checkpoint
from .arguments import check_for_model
from .gradients import Watch
from .log import Means, facts, named
from .turns import Turns


class Attachment:
    """A consistency term in training. Made by ``attach`` or, for one's own loop, by :meth:`for_model`.

    Example:
        In one's own loop, before ``optimizer.step()``::

            attachment = Attachment.for_model(model, tokenizer, consistency, groups)
            loss, metrics = attachment(step)
            (base_loss + loss).backward()
    """

    def __init__(self, model: Any, term: ConsistencyTerm) -> None:
        self.model, self.term = model, term
        self._hooks: Any = None
        self._metrics = Means()
        self._watch, self._turn = Watch(term), Turns(model, term)

    def __repr__(self) -> str:
        objective, layers = self.consistency.objective, ", ".join(map(str, self.term.layers))
        name = objective.__name__ if callable(objective) else objective
        return f"Attachment({name} at layer {layers}, weight {self.consistency.weight:g})"

    @classmethod
    def for_model(
        cls,
        model: Any,
        tokenizer: Any,
        consistency: Consistency,
        groups: PromptGroups,
        *,
        reference: str | Path | None = None,
        step_tokens: float | None = None,
    ) -> Attachment:
        """Binds the settings to a model; where the prompts are before training is stored now.

        Args:
            model: a Hugging Face model on its device.
            tokenizer: its tokenizer.
            consistency: the settings.
            groups: prompts in many languages.
            reference: folder for the states from before training; what it holds already of this model and these prompts
                is not computed again. None: in memory only, and whole in :meth:`state_dict`.
            step_tokens: tokens of your own training in an optimizer step, over all processes, which
                ``consistency.budget`` is a share of; None: the budget is not kept.

        Raises:
            ConfigError: for arguments of another kind, all at once, and for settings that do not fit the model.
            ModelError, DataError: for a model whose layers cannot be found, and for groups that cannot be used.
        """
        check_for_model(model, tokenizer, consistency, groups, step_tokens)
        folder, processes = None if reference is None else Path(reference), Processes.of_run().count
        term = ConsistencyTerm(
            model, tokenizer, consistency, groups, folder=folder, training=step_tokens, processes=processes
        )
        attachment = cls(model, term)
        attachment.remember()
        return attachment

    def remember(self, model: Any = None) -> None:
        """Stores where the guarded prompts are now, if that is not known yet; done by :meth:`for_model`.

        Args:
            model: run this (a wrapper of the model) instead; every process must then call it.
        """
        with same_randomness(self.model):
            self.term.remember(self.model if model is None else model, together=model is not None)

    @property
    def consistency(self) -> Consistency:
        """The settings."""
        return self.term.consistency

    def parameters(self) -> list[Tensor]:
        """Parameters of the trainable extractor, for one's own optimizer; empty without one."""
        return self.term.extractor_parameters

    def __call__(self, step: int | Turn, *, model: Any = None) -> tuple[Tensor, dict[str, float]]:
        """The weighted term of a step, and its metrics.

        Args:
            step: optimizer step from 0, or a :class:`Turn` where there are micro-steps or several processes.
            model: run this (a wrapper of the model) instead.

        Returns:
            A scalar to add to the loss (0 without gradients on a step on which the term is not due, or at weight 0),
            and the metrics by their names in logs; none on a step on which the term is not due.

        Raises:
            ModelError: if nothing is trained in the layers that the term reaches, nor before them.
            RunError: for values that are not finite; in the backward pass of the scalar also for gradients that are
                not, as by :meth:`check_gradients`, unless it is multiplied by more than 1, as a loss scaler does,
                which looks for itself. With several processes ``on_nonfinite: skip`` does not see these.
        """
        turn, scale = self._turn(step)
        zero = torch.zeros((), device=next(self.model.parameters()).device)
        if not self.due(turn.step):
            return zero, {}
        with same_randomness(self.model), torch.set_grad_enabled(scale > 0):
            value, metrics = self.term(self.model if model is None else model, turn)
        value = scale * value if scale > 0 else zero
        self._watch.look_after(value, turn, self.model if model is None else model)
        return value, self._named(metrics, turn.step)

    def backward(
        self,
        step: int | Turn,
        *,
        model: Any = None,
        backward: Callable[[Tensor], Any] | None = None,
        lockstep: bool = False,
    ) -> dict[str, float]:
        """Back-propagates the weighted term of a step, a chunk of groups at a time.

        As ``self(step)[0].backward()``, with ``consistency.tokens_per_pass`` tokens held at once and no more. Before or
        after the training's own backward pass::

            base_loss.backward()
            attachment.backward(step)
            optimizer.step()

        Args:
            step: optimizer step from 0, or a :class:`Turn` where there are micro-steps or several processes.
            model: run this (a wrapper of the model) instead.
            backward: called with each scalar to back-propagate (``fabric.backward``); None: the scalar's own method.
                accelerate's divides by the number of accumulated micro-steps, of which this is not one: give
                ``lambda loss: accelerator.backward(loss * accelerator.gradient_accumulation_steps)``.
            lockstep: whether every process must make as many passes in the same order (FSDP, DeepSpeed).

        Returns:
            The metrics by their names in logs; none on a step on which the term is not due.

        Raises:
            ModelError: if nothing is trained in the layers that the term reaches, nor before them.
            RunError: for values that are not finite and, without a ``backward`` of one's own, for gradients that are
                not (:meth:`check_gradients`), unless settings say ``skip``.
        """
        call = torch.Tensor.backward if backward is None else backward
        metrics = self.propagate(step, model, lambda loss, _last: call(loss), lockstep=lockstep)
        if metrics and backward is None and not self.check_gradients(step, model=model):
            metrics["consistency/skipped"] = 1.0
        return metrics

    def check_gradients(self, step: int | Turn, *, model: Any = None) -> bool:
        """Looks, before the optimizer does, at what the layers up to the chosen one have gathered in a step.

        Finite values may have gradients that are not. Done by ``attach`` and by :meth:`backward`; call it yourself
        after a ``backward`` of your own, if no loss scaler looks for such gradients. Every process must call it.

        Args:
            step: as for :meth:`backward`.
            model: look at this (a wrapper of the model) instead.

        Returns:
            Whether all is finite, on all processes. If not, and settings say ``skip``, the step is emptied of all it
            has gathered, the training's own part too, and the first time a warning says so.

        Raises:
            RunError: if not, and settings say ``stop``.
        """
        return self._watch.check(self._turn(step)[0], self.model if model is None else model)

    def propagate(
        self, step: int | Turn, model: Any, backward: rep.Backward, *, lockstep: bool = False
    ) -> dict[str, float]:
        """As :meth:`backward`, for engines that must know which scalar is the last of the step."""
        turn, scale = self._turn(step)
        if not self.due(turn.step):
            return {}
        # The term must not use up randomness that the training's own steps would have had.
        with same_randomness(self.model):
            model = self.model if model is None else model
            run = TermBackward(self.term, model, turn, scale=scale, backward=backward, lockstep=lockstep)
            return self._named(run(), turn.step)

    def _named(self, metrics: Mapping[str, float], step: int) -> dict[str, float]:
        """Metrics under their names in logs; what was skipped is reported."""
        if metrics.get("skipped"):
            self._watch.say_skipped(step, "the term")
        return named(metrics, self.term.prompts.limits.training)

    def facts(self) -> dict[str, Any]:
        """What a run should write down, as :func:`.log.facts` says it: where the objective looks, what it costs."""
        return facts(self.term)

    def due(self, step: int) -> bool:
        """Whether the term is computed on an optimizer step (from 0)."""
        return step % self.consistency.every == 0

    def state_dict(self) -> dict[str, Tensor]:
        """Extractor weights, and the reference states or the name they have on disk."""
        return self.term.state_dict()

    def load_state_dict(self, state: Mapping[str, Tensor]) -> None:
        """Takes back what :meth:`state_dict` gave."""
        self.term.load_state_dict(state)

    def save(self, folder: str | Path) -> None:
        """Writes ``consistency.safetensors`` into the folder; errors are those of :func:`.checkpoint.write`."""
        checkpoint.write(Path(folder), self.state_dict(), self.consistency)

    def load(self, folder: str | Path) -> None:
        """Reads ``consistency.safetensors`` of the folder.

        Raises:
            RunError: if it is not there and something is to be kept, or is of another run.
        """
        state = checkpoint.read(Path(folder), needed=self.term.has_state)
        if state is not None:
            self.load_state_dict(state)
            checkpoint.say_what_differs(Path(folder), self.consistency)

    def detach(self) -> None:
        """Restores the trainer; the model keeps what it has learnt."""
        if self._hooks is not None:
            self._hooks.remove()
            self._hooks = None

    def record(self, metrics: Mapping[str, float]) -> None:
        """Keeps metrics until the next log line."""
        self._metrics.add(metrics)

    def recorded(self) -> dict[str, float]:
        """Means of what was kept since the last call; not-a-number entries do not count."""
        return self._metrics.taken()
