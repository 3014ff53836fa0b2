"""An extractor that is to be trained and never moves: its parameters are in no optimizer."""

from __future__ import annotations

import warnings
from collections.abc import Sequence

from torch import Tensor

STEPS = 5  # with the term, more than those in which a schedule may begin at 0


class Unmoved:
    """Says once if parameters are, after some steps, bit for bit what they were at first.

    Args:
        parameters: of the extractor; may be none.
    """

    def __init__(self, parameters: Sequence[Tensor]) -> None:
        self._parameters, self._steps = parameters, set[int]()
        self._first: list[Tensor] = []

    def look(self, step: int) -> None:
        """Looks at them in an optimizer step in which the term has a weight, before it is applied."""
        if not self._parameters or len(self._steps) > STEPS:
            return
        if not self._steps:
            self._first = [parameter.detach().clone() for parameter in self._parameters]
        self._steps.add(step)
        if len(self._steps) > STEPS:
            pairs = zip(self._first, self._parameters, strict=True)
            if all(bool((before == now).all()) for before, now in pairs):
                warnings.warn(
                    f"consistency.extractor: it is to be trained, and has not moved in {STEPS} steps with the term. "
                    "Give attachment.parameters() to the optimizer too, and have it set their gradients to zero.",
                    stacklevel=4,
                )
            self._first = []
