"""Labels of several people: how well they agree, and what is taken for the truth."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple

from ..judges import Verdict
from ..languages import UNDETERMINED
from ..metrics import Estimate, cohen_kappa_estimate
from .labels import Label

Truth = Literal["majority", "first"]
ASKED = ("outcome", "refusal")


class Agreement(NamedTuple):
    """How two people agree.

    Attributes:
        first, second: who.
        about: ``outcome`` or ``refusal``.
        kappa: Cohen's, over the responses that both labelled, as they were drawn; its ``n`` is their prompts.
        same: share of these on which they say the same.
        labels: how many these are.
    """

    first: str
    second: str
    about: str
    kappa: Estimate
    same: float
    labels: int

    def as_dict(self) -> dict[str, Any]:
        """What a file holds."""
        return self._asdict() | {"kappa": self.kappa.as_dict()}


def agreements(labels: Sequence[Label], prompts: Mapping[str, str]) -> list[Agreement]:
    """Of each two people that labelled the same responses.

    Args:
        labels: of all people.
        prompts: response -> its prompt. Responses to one prompt, in several languages or drawn several times, are one
            cluster of the interval: who differs on one of them is more likely to differ on the others.
    """
    by: dict[str, dict[str, Label]] = {}
    for label in labels:
        by.setdefault(label.annotator, {})[label.id] = label
    found = []
    for first, second in itertools.combinations(by, 2):
        both = [one for one in by[first] if one in by[second]]
        for about in ASKED if both else ():
            said = [[getattr(by[who][one].truth, about) for one in both] for who in (first, second)]
            kappa = cohen_kappa_estimate(*said, clusters=[prompts[one] for one in both])
            same = sum(one == other for one, other in zip(*said, strict=True)) / len(both)
            found.append(Agreement(first, second, about, kappa, same, len(both)))
    return found


def truths(labels: Sequence[Label], how: Truth) -> dict[str, Verdict]:
    """Response -> what is taken for the truth; those of which nobody is sure are left out.

    Args:
        labels: of one person or several.
        how: ``majority``: what most of those who are sure say, of outcome and of refusal each; where as many say
            something else, the earliest sheet counts. ``first``: the earliest sheet that is sure.
    """
    by: dict[str, list[Verdict]] = {}
    for label in labels:
        if label.sure:
            by.setdefault(label.id, []).append(label.truth)
    if how == "first":
        return {one: said[0] for one, said in by.items()}
    return {
        one: Verdict(
            _most(verdict.outcome for verdict in said), _most(verdict.refusal for verdict in said), UNDETERMINED
        )
        for one, said in by.items()
    }


def _most(said: Any) -> str:
    """The commonest; of equally common ones the first, which is how a Counter keeps them."""
    found: str = Counter(said).most_common(1)[0][0]
    return found
