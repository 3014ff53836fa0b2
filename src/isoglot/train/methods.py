"""The alignment methods: which trainer of TRL, and what its data must hold."""

from __future__ import annotations

import importlib
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..alignment.rows import DEMONSTRATION, PAIR


@dataclass(frozen=True)
class Method:
    """One method.

    Attributes:
        module: of TRL, where both classes are.
        trainer: name of the trainer class.
        config: name of its configuration class.
        answers: fields of a data record next to ``prompt``.
        fixed: options that make the method what it is.
        defaults: options that a run file may change, where TRL's own default would only make it complain.
    """

    module: str
    trainer: str
    config: str
    answers: tuple[str, ...] = PAIR
    fixed: Mapping[str, Any] = field(default_factory=dict)
    defaults: Mapping[str, Any] = field(default_factory=dict)

    def trainer_class(self) -> Any:
        """TRL's trainer, imported now."""
        return self._imported(self.trainer)

    def config_class(self) -> Any:
        """Its configuration, imported now."""
        return self._imported(self.config)

    def _imported(self, name: str) -> Any:
        with warnings.catch_warnings():  # trl.experimental says on import that it is experimental
            warnings.simplefilter("ignore")
            return getattr(importlib.import_module(self.module), name)


# SimPO is CPO's trainer with another loss; without cpo_alpha 0 it would be CPO-SimPO.
METHODS: dict[str, Method] = {
    "sft": Method("trl", "SFTTrainer", "SFTConfig", answers=DEMONSTRATION),
    "dpo": Method("trl", "DPOTrainer", "DPOConfig"),
    "orpo": Method("trl.experimental.orpo", "ORPOTrainer", "ORPOConfig"),
    "simpo": Method(
        "trl.experimental.cpo", "CPOTrainer", "CPOConfig", fixed={"loss_type": "simpo"}, defaults={"cpo_alpha": 0.0}
    ),
}
