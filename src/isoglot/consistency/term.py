"""A :class:`Consistency` bound to a model, a tokenizer and groups: draw, represent, compare, guard."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from .. import representation as rep
from ..errors import RunError, problem
from ..groups import PromptGroups
from ..groups.sampling import Turn
from ..models.decoder import find_decoder, hidden_size, is_encoder_decoder, most_positions
from ..models.layers import resolve_layer
from ..progress import Show
from .distributed import Processes, inside_ddp, reshard
from .draw import Portion, together
from .guards import check_finite, zero_if_broken
from .memory import Memory
from .monitor import Monitor
from .outlook import Outlook, look_ahead
from .prompts import TermPrompts
from .runner import PromptRunner
from .settings import Consistency
from .value import TermValue, compares_prompts


class ConsistencyTerm:
    """The term of the loss, without its weight.

    Args:
        model: a Hugging Face causal or classification model; may be wrapped.
        tokenizer: its tokenizer.
        consistency: the settings.
        groups: prompts in many languages. At least one group of ``kinds`` must have the pivot and another language.
        folder: where reference states are kept; None: in memory only.
        training: tokens of the training's own in an optimizer step, for the budget; None: not known.
        processes: how many share a step.
        show: called with progress.

    Attributes:
        layers: decoder layers counted from 1, as resolved for this model.
        extractor: the linear module, or None.
        prompts: which are compared and guarded, and what a turn draws of them.
        runner: runs prompts through the model.
        memory: what is remembered from before training.
        between: whether different prompts are compared, so that all of a turn must be seen together.
        outlook: whether there is anything to pull, once what was before training is known; else None.

    Raises:
        ConfigError: for a layer that the model does not have.
        DataError: if no group can be used, they have several pivots, or (where settings say so) a prompt is too long.
    """

    def __init__(
        self,
        model: Any,
        tokenizer: Any,
        consistency: Consistency,
        groups: PromptGroups,
        *,
        folder: Path | None = None,
        training: float | None = None,
        processes: int = 1,
        show: Show | None = None,
    ) -> None:
        self.consistency, decoder = consistency, find_decoder(model)
        self.between = compares_prompts(consistency)
        self.prompts = TermPrompts(
            groups,
            tokenizer,
            consistency,
            positions=most_positions(model),
            between=self.between,
            training=training,
            processes=processes,
            closed=is_encoder_decoder(model),
        )
        self.layers = [resolve_layer(layer, decoder.depth) for layer in consistency.layers]
        self.extractor = rep.build_extractor(
            consistency.extractor,
            hidden_size(model),
            consistency.extractor_dim,
            layers=len(self.layers),
            bias=consistency.extractor_bias,
            seed=consistency.seed,
        )
        if self.extractor is not None:
            self.extractor.to(next(model.parameters()).device)
        self.runner = PromptRunner(model, consistency, self.prompts, self.layers)
        self.outlook: Outlook | None = None
        self._looked = False
        self.memory = Memory(
            self.prompts.to_remember,
            self.prompts.encode,
            self.layers,
            folder,
            center=consistency.center,
            space=consistency.space,
            show=show,
        )
        self._value = TermValue(consistency, self.memory, self.extractor)
        self._monitor = Monitor(consistency, self.memory, self.extractor, self._value, between=self.between)

    @property
    def extractor_parameters(self) -> list[Tensor]:
        """Those of the extractor that are trained; none without one."""
        return [] if self.extractor is None else [p for p in self.extractor.parameters() if p.requires_grad]

    def remember(self, model: Any, *, together: bool = False) -> None:
        """Stores where prompts are now, if that is not known yet; the guards keep them there.

        Args:
            model: as it is before training.
            together: whether all processes do it pass by pass, as engines must that gather parameters for each.
        """
        if not self.memory.is_known:
            self.memory.remember(model, lambda prompts: self.runner.states(model, prompts), together=together)
            reshard(model)
        if not self._looked:
            self._looked, self.outlook = True, look_ahead(model, self.prompts, self.memory, self.runner)
            if self.outlook is not None and Processes.of_run().rank == 0:
                self.outlook.warn(self.consistency.space)

    def __call__(self, model: Any, turn: Turn) -> tuple[Tensor, dict[str, float]]:
        """The term's value for one micro-step on one process, in one graph, and its metrics.

        Args:
            model: the model to run, wrapped or not.
            turn: which draw.

        Returns:
            A scalar with gradients (if they are enabled), and the metrics by name: ``loss`` (the objective),
            ``retention`` (the drift), ``separation`` (the crowding), those of ``representation.monitor``,
            ``extractor_bias_ratio`` (with a linear extractor), ``num_groups``, ``tokens``; empty where there are no
            groups in this turn. The mean of the scalar over the micro-steps and processes of a step is the term over
            all of its groups. What compares different prompts (``separation``, ``info_nce``) sees those of all
            processes, and of one micro-step.

        Raises:
            RunError: for hidden states or a value that are not finite; in ``backward``, for a gradient that is not.
                Where settings say ``skip``, the value is 0 and ``skipped`` 1, or the gradient 0.
        """
        processes, mine, model = Processes(turn), self.prompts.portion(turn), inside_ddp(model)
        prompts = [self.prompts.encode(cell) for cell in mine.cells]
        states = self.runner.states(model, prompts, processes)
        if not torch.is_grad_enabled():
            reshard(model)
        skips = self.consistency.on_nonfinite == "skip"
        if not skips:
            check_finite(states, f"hidden states, step {turn.step}")
        elif processes.most(int(not torch.isfinite(states).all()), states.device):
            return states.new_zeros(()), {"skipped": 1.0}
        if states.requires_grad:  # a finite value may have a gradient that is not
            where = f"gradient of the term, step {turn.step}"
            states.register_hook(lambda grad: zero_if_broken(grad) if skips else check_finite(grad, where))
        total = self.value(states, mine, turn, processes) + states[:, :0].sum()  # so that all passes are gone back
        if not skips:
            check_finite(total, f"value of the term, step {turn.step}")
        elif processes.most(int(not torch.isfinite(total)), states.device):
            return states.new_zeros(()), {"skipped": 1.0}
        report = {"skipped": 0.0} if skips else {}
        return total, self.measure(states.detach(), mine, turn, processes) | report

    def value(self, states: Tensor, portion: Portion, turn: Turn, processes: Processes) -> Tensor:
        """The term of some of this process's groups, a scalar; of a turn's all where different prompts are compared.

        Args:
            states: of the portion's cells, (layers, cells, hidden size).
            portion: whose they are.
            turn: which draw.
            processes: those that take part in it.
        """
        # What is compared are small differences; half precision has no digits for them.
        with torch.autocast(states.device.type, enabled=False):
            if self.between:
                states, portion = self._of_all(states, portion, turn, processes)
            return self._value(states, portion)[0]

    @torch.no_grad()
    def measure(self, states: Tensor, mine: Portion, turn: Turn, processes: Processes) -> dict[str, float]:
        """The metrics of a turn, over the groups of all processes.

        Args:
            states: of this process's cells, (layers, cells, hidden size).
            mine: whose they are, all of its groups.
            turn: which draw.
            processes: those that take part in it.
        """
        tokens = processes.total(sum(len(self.prompts.encode(cell)) for cell in mine.cells), states.device)
        with torch.autocast(states.device.type, enabled=False):
            states, portion = self._of_all(states, mine, turn, processes)
            if not portion.cells:
                return {}
            self._monitor.say_if_alone(portion)
            parts = {name: value.item() for name, value in self._value(states, portion)[1].items()}
            metrics = parts | self._monitor(states, portion)
        if turn.rank == 0:
            self._monitor.look(metrics, turn.step)
        return {"num_groups": float(len(portion.compared.groups)), "tokens": float(tokens)} | metrics

    def _of_all(self, states: Tensor, mine: Portion, turn: Turn, processes: Processes) -> tuple[Tensor, Portion]:
        """The states of all processes' cells, and whose they are."""
        if not processes.several:
            return states, mine
        portions = self.prompts.portions(turn, range(turn.world_size))
        joined = processes.joined(states, [len(portion.cells) for portion in portions])
        whole, places = together(portions, self.prompts.languages)
        return joined[:, places], whole

    def state_dict(self) -> dict[str, Tensor]:
        """What a checkpoint must keep: the extractor's weights, and the reference or where it is found."""
        extractor = {} if self.extractor is None else self.extractor.state_dict()
        kept = {f"extractor.{name}": value for name, value in extractor.items()}
        name = {"groups.fingerprint": torch.frombuffer(bytearray(self.prompts.fingerprint.encode()), dtype=torch.uint8)}
        return name | kept | self.memory.state_dict() | self._monitor.state_dict()

    @property
    def has_state(self) -> bool:
        """Whether a run cannot go on without what :meth:`state_dict` gave."""
        return self.extractor is not None or self.memory.reference is not None

    def load_state_dict(self, state: Mapping[str, Tensor]) -> None:
        """Takes back what :meth:`state_dict` gave.

        Raises:
            RunError: if it is of other prompts, or of another extractor.
        """
        if "groups.fingerprint" in state:
            began = bytes(state["groups.fingerprint"].cpu().tolist()).decode()
            if began != self.prompts.fingerprint:
                step = "Resume with the prompt groups that the run began with, or begin anew"
                raise RunError(
                    problem("groups", f"those of hash {began}", f"those of hash {self.prompts.fingerprint}", step)
                )
        prefix = "extractor."
        if self.extractor is not None:
            kept = {name.removeprefix(prefix): value for name, value in state.items() if name.startswith(prefix)}
            own = {name: tuple(value.shape) for name, value in self.extractor.state_dict().items()}
            found = {name: tuple(value.shape) for name, value in kept.items()}
            if found != own:
                step = "Resume with the consistency settings that the run began with"
                raise RunError(problem("extractor", f"weights {own}", found or "none", step))
            self.extractor.load_state_dict(kept)
        self.memory.load_state_dict(state)
        self._monitor.load_state_dict(state)
