"""Notices a run that collapses, and says so once with what to change."""

from __future__ import annotations

import math
import warnings
from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

LEFT = 0.1  # share of the first distance between prompts that may be left before it is called a collapse ...
# ... and where prompts pointed everywhere at first, as in a centred space: alignment moves all of them together for a
# while, and most of that passes.
LEFT_OF_ALL, EVERYWHERE = 0.02, 0.5
IN_A_ROW = 3
_UNKNOWN = -2.0  # no cosine

_ADVICE = {
    "between_cosine": (
        "different prompts are falling together: their mean cosine is {now:.4f}, and was {first:.4f} at first. "
        "Harmless requests will be answered as harmful ones are. Raise consistency.retention or "
        "consistency.separation, or lower consistency.weight"
    ),
    "between_cosine_projected": (
        "the extractor's output is becoming constant: the mean cosine between prompts behind it is {now:.4f}, and was "
        "{first:.4f} at first. The loss then falls and the model does not change. Set consistency.extractor_bias to "
        "false, or consistency.extractor to frozen or null"
    ),
}


class CollapseWatch:
    """Follows how near different prompts are to each other.

    Distances are compared with those of the first look: hidden states share a large common part, so that a high cosine
    alone says little.
    """

    def __init__(self) -> None:
        self._first: dict[str, float] = {}
        self._low: dict[str, int] = {}
        self._step: dict[str, int] = {}
        self._said: set[str] = set()
        self._last: tuple[list[str], dict[str, Tensor]] = ([], {})

    def compared_with_the_last(self, pointing: Mapping[str, Tensor], ids: Sequence[str]) -> dict[str, Tensor]:
        """Directions of this look's prompts; of a prompt that is alone, next to those of the look before.

        Args:
            pointing: metric -> directions, (prompts, dim).
            ids: of the prompts.
        """
        (ids_before, before), self._last = self._last, (list(ids), dict(pointing))
        fresh = not set(ids) & set(ids_before)
        return {
            name: torch.cat([now, before[name]]) if len(now) == 1 and fresh and name in before else now
            for name, now in pointing.items()
        }

    def state_dict(self) -> dict[str, Tensor]:
        """Where the run began and what it has said, so that one which is resumed is compared with that too."""
        if not self._first:
            return {}
        first = [self._first.get(name, _UNKNOWN) for name in _ADVICE]
        return {
            "collapse.first": torch.tensor(first),
            "collapse.low": torch.tensor([self._low.get(name, 0) for name in _ADVICE]),
            "collapse.said": torch.tensor([name in self._said for name in _ADVICE]),
        }

    def load_state_dict(self, state: Mapping[str, Tensor]) -> None:
        """Takes back what :meth:`state_dict` gave."""
        first = state["collapse.first"].tolist() if "collapse.first" in state else []
        low = state["collapse.low"].tolist() if "collapse.low" in state else []
        said = state["collapse.said"].tolist() if "collapse.said" in state else []
        self._first = {name: value for name, value in zip(_ADVICE, first, strict=False) if value != _UNKNOWN}
        self._low = dict(zip(_ADVICE, low, strict=False))
        self._said = {name for name, once in zip(_ADVICE, said, strict=False) if once}

    def look(self, metrics: Mapping[str, float], step: int) -> None:
        """Looks at a step's metrics, once a step; warns the first time that a collapse has lasted for three steps."""
        for name, advice in _ADVICE.items():
            now = metrics.get(name, math.nan)
            if math.isnan(now) or name in self._said or self._step.get(name) == step:
                continue
            self._step[name] = step
            first = self._first.setdefault(name, now)
            collapsed = 1 - now < (LEFT if first > EVERYWHERE else LEFT_OF_ALL) * (1 - first)
            self._low[name] = self._low.get(name, 0) + 1 if collapsed else 0
            if self._low[name] >= IN_A_ROW:
                self._said.add(name)
                warnings.warn(f"consistency, step {step}: {advice.format(now=now, first=first)}.", stacklevel=2)
