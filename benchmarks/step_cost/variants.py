"""The ways to make a step that are compared."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from isoglot import Consistency

HALF: dict[str, Any] = dict(
    objective="pivot_cosine", space="raw", layer=0.5, weight=1.0, retention=0.0, groups_per_step=1, budget=None
)


@dataclass(frozen=True)
class Variant:
    """A way to make a step: DPO alone, with whole logits, in the released way, or with a term attached.

    Or what is no step: the layers alone, forward and backward over the pair, for the rate that they reach.
    """

    name: str
    way: str = "attached"  # dpo | layers | logits | released | attached
    settings: Consistency | None = None
    whole_logits: bool = False  # whether the term is attached to that
    languages: int = 10

    def steps(self, number: int) -> list[int]:
        """Step numbers of a round, such that all variants draw the same group in it."""
        if self.settings is not None and self.settings.every == 2:
            return [4 * number, 4 * number + 1]
        return [2 * number]


def _with(name: str, languages: int = 10, **changes: Any) -> Variant:
    return Variant(name, settings=Consistency(**(HALF | changes)), languages=languages)


DPO = Variant("DPO alone", "dpo")
LAYERS = Variant("its layers alone", "layers")
LOGITS = Variant("DPO alone, whole logits", "logits")
RELEASED = Variant("released way", "released")
HALF_DEPTH = _with("half depth")
FULL_DEPTH = _with("full depth", layer=-1)
GUARDED = _with("half depth, guarded", retention=1.0)
BESIDE_LOGITS = Variant("half depth, whole logits", settings=HALF_DEPTH.settings, whole_logits=True)
EVERY_2ND = _with("half depth, every 2nd step", every=2)
AS_RELEASED = Variant("the released term, attached", settings=Consistency.as_released(every=1, groups_per_step=1))

DEFAULT = Variant("the default", settings=Consistency())
NO_BUDGET = Variant("the default, `budget: null`", settings=Consistency(budget=None))

REALISTIC = (DPO, LAYERS, DEFAULT, NO_BUDGET)
MAIN = (DPO, LAYERS, LOGITS, RELEASED, HALF_DEPTH, FULL_DEPTH, GUARDED)
FURTHER = (EVERY_2ND, AS_RELEASED)
MEASURED_FOR_MEMORY = (DPO, LOGITS, RELEASED, HALF_DEPTH, FULL_DEPTH, BESIDE_LOGITS)
MORE_LANGUAGES = (25, 50, 100)
AT_ONCE = _with("100 languages, `tokens_per_pass: 16384`", 100, tokens_per_pass=16384)
SCALING = (
    HALF_DEPTH,
    AT_ONCE,
    *(_with(f"{count} languages", count) for count in MORE_LANGUAGES),
    *(_with(f"{count} languages, 10 per step", count, languages_per_step=10) for count in MORE_LANGUAGES),
)
