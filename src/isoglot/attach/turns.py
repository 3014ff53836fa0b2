"""From the number of a step to what is drawn for it and what the term is multiplied by."""

from __future__ import annotations

import warnings
from typing import Any

from ..consistency.term import ConsistencyTerm
from ..groups.sampling import Turn
from .arguments import checked_turn
from .reach import check_reach
from .unmoved import Unmoved


class Turns:
    """The turns of an attachment's steps.

    Args:
        model: that the term is of. What is trained of it may change from step to step.
        term: whose settings say how strong it is.
    """

    def __init__(self, model: Any, term: ConsistencyTerm) -> None:
        self._model, self._term, self._warned = model, term, False
        self._unmoved = Unmoved(term.extractor_parameters)

    def __call__(self, step: int | Turn) -> tuple[Turn, float]:
        """The draw of a step, and the weight.

        Says once that a weight of 0 changes nothing, and that an extractor which is to be trained stands still.

        Raises:
            ConfigError: for what is no step, or a turn outside of its own numbers.
            ModelError: if nothing is trained that the term reaches, where its weight is above 0.
        """
        consistency = self._term.consistency
        if not consistency.weight and not self._warned:
            self._warned = True
            warnings.warn("consistency.weight is 0: the term is logged and changes nothing.", stacklevel=3)
        turn = checked_turn(step)
        scale = consistency.scale(turn.step)
        if scale > 0:
            self._unmoved.look(turn.step)
            check_reach(self._model, consistency, self._term.layers)
        return turn, scale
