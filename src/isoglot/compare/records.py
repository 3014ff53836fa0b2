"""What a comparison of two runs is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from ..metrics import Estimate


class InLanguage(NamedTuple):
    """One measure in one language, over the prompts that both runs were judged on.

    Attributes:
        prompts: how many.
        before: the rate of the run that is compared with.
        after: the other's.
        worse: prompts that changed for the worse.
        better: prompts that changed for the better.
        p: of the exact McNemar test, two-sided.
        holm: the same, adjusted for all languages of the measure.
        detectable: the smallest difference that so many prompts could have shown, in this language among the others.
    """

    prompts: int
    before: Estimate
    after: Estimate
    worse: int
    better: int
    p: float
    holm: float
    detectable: float

    def as_dict(self) -> dict[str, Any]:
        """Plain values."""
        return self._asdict() | {"before": self.before.as_dict(), "after": self.after.as_dict()}


class OfMeasure(NamedTuple):
    """One measure of one kind of prompt.

    Attributes:
        measure: its name.
        high_is_good: whether more of it is better.
        languages: tag -> comparison.
        difference: how far the mean of languages is above that of the run compared with, paired.
        detectable: the smallest difference of the mean that these prompts could have shown.
    """

    measure: str
    high_is_good: bool
    languages: Mapping[str, InLanguage]
    difference: Estimate
    detectable: float

    @property
    def loss(self) -> float:
        """How much worse the mean of languages is; below 0 where it is better."""
        return -self.difference.value if self.high_is_good else self.difference.value

    @property
    def shown(self) -> bool:
        """Whether the interval of the difference leaves out 0."""
        return self.difference.low > 0 or self.difference.high < 0

    @property
    def result(self) -> str:
        """``better``, ``worse``, or ``not shown``: the interval includes 0, which says nothing either way."""
        if not self.shown:
            return "not shown"
        return "worse" if self.loss > 0 else "better"

    def as_dict(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "high_is_good": self.high_is_good,
            "difference": self.difference.as_dict(),
            "detectable": self.detectable,
            "result": self.result,
            "languages": {tag: one.as_dict() for tag, one in self.languages.items()},
        }


class Change(NamedTuple):
    """A prompt in a language whose answer went from good to bad or back, with the outcome and refusal of each."""

    group: str
    language: str
    before: str
    after: str


class Changes(NamedTuple):
    """Prompts of one kind that changed, by one measure."""

    measure: str
    worse: Sequence[Change]
    better: Sequence[Change]

    def as_dict(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "measure": self.measure,
            "worse": [change._asdict() for change in self.worse],
            "better": [change._asdict() for change in self.better],
        }


class Comparison(NamedTuple):
    """A run compared with the first.

    Attributes:
        name: of the run.
        reference: name of the first.
        kinds: kind of prompt -> measures.
        changes: kind of prompt -> prompts that changed.
        pairs: answers to the same prompt that both runs have.
        notes: what is not compared, and what was not the same, in sentences.
    """

    name: str
    reference: str
    kinds: Mapping[str, Sequence[OfMeasure]]
    changes: Mapping[str, Changes]
    pairs: int
    notes: Sequence[str]

    def measure(self, kind: str, name: str) -> OfMeasure | None:
        """A measure's comparison; None without prompts of that kind in both runs."""
        return next((one for one in self.kinds.get(kind, ()) if one.measure == name), None)

    def as_dict(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "name": self.name,
            "reference": self.reference,
            "pairs": self.pairs,
            "notes": list(self.notes),
            "kinds": {
                kind: {
                    "measures": {one.measure: one.as_dict() for one in measures},
                    "changed": self.changes[kind].as_dict(),
                }
                for kind, measures in self.kinds.items()
            },
        }
