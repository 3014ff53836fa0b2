"""Near-duplicates across groups: of pivots, and of translations whose pivots are not near each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import IO, Any, NamedTuple

from ..errors import short
from ..groups import PromptGroup
from ..groups.group import pivot_user_text
from ..groups.near import NEAR, alike
from ..groups.near_stored import StoredSignatures
from ..models.messages import user_text
from .cell import Finding
from .spool import Spool

_SAME = 0.85  # share of common 5-grams, from which two translations are taken for one
_OTHER = 0.4  # under which two pivots are different prompts; between the two shares nothing is said
_BANDS, _AGREE = 8, 2  # find a pair at 0.85 with probability 0.993, and one at 0.3 with 0.02
_SHORTEST = 16  # characters: "hello" and "hi" may well have one translation
_MOST = 30  # different pivots of one translation that are told apart
_TOLD = 5


class Duplicates(NamedTuple):
    """What comes again.

    Attributes:
        groups: groups beyond the first that are near-duplicates of another in the pivot.
        first: ids of the first clusters of these.
        cells: (place of the group, language) -> what is found of a translation that other prompts have, too.
    """

    groups: int
    first: Sequence[Sequence[str]]
    cells: Mapping[tuple[int, str], Finding]

    def to_record(self) -> dict[str, Any]:
        """As in ``check.json``."""
        return {"groups": self.groups, "share_of_grams": NEAR, "first": [list(ids) for ids in self.first]}


class Neighbours:
    """Takes the groups one after the other, and finds what comes again when all are there.

    Args:
        pivots, cells: two empty files for signatures.
    """

    def __init__(self, pivots: IO[bytes], cells: IO[bytes]) -> None:
        self._pivots, self._cells = StoredSignatures(pivots), StoredSignatures(cells, _BANDS, _AGREE)

    def add(self, place: int, group: PromptGroup) -> None:
        """Adds a group."""
        prompts = dict(group.prompts.items())
        self._pivots.add("", place, pivot_user_text(group.pivot, prompts))
        if group.pivot in prompts:
            for tag, prompt in prompts.items():
                if tag != group.pivot and len(text := user_text(prompt)) >= _SHORTEST:
                    self._cells.add(f"{group.pivot} {tag}", place, text)  # pivots of one language can be compared

    def found(self, spool: Spool) -> Duplicates:
        """What comes again among the groups, all of which are in the spool."""
        pivots = _Texts(spool)
        near = self._pivots.clusters("", pivots) if self._pivots.columns else []
        cells: dict[tuple[int, str], Finding] = {}
        for column in self._cells.columns:
            tag = column.split(" ")[1]
            for places in self._cells.clusters(column, _Texts(spool, tag), least=_SAME):
                cells |= {(place, tag): one for place, one in _of_other_prompts(places, pivots).items()}
        first = [[pivots.id(place) for place in places[:_TOLD]] for places in near[:_TOLD]]
        return Duplicates(sum(len(places) - 1 for places in near), first, cells)


class _Texts:
    """Texts of one language, or of pivots, by place."""

    def __init__(self, spool: Spool, tag: str | None = None) -> None:
        self._spool, self._tag = spool, tag

    def __call__(self, place: int) -> str:
        record = self._spool.record(place)
        prompts = record["prompts"]
        return pivot_user_text(record["pivot"], prompts) if self._tag is None else user_text(prompts[self._tag])

    def id(self, place: int) -> str:
        name: str = self._spool.record(place)["id"]
        return name


def _of_other_prompts(places: Sequence[int], pivots: _Texts) -> dict[int, Finding]:
    """What is found of groups with one translation: nothing if all have one prompt.

    Of k different prompts one at most is translated by it, so that is the worth that is left to each.
    """
    prompts: dict[int, str] = {}  # one for each that is another than those before
    prompt_of: dict[int, int] = {}
    for place in places:
        text = pivots(place)
        known = next((one for one, other in prompts.items() if alike(text, other) >= _OTHER), None)
        if known is None and len(prompts) < _MOST:
            prompts[place] = text
        prompt_of[place] = place if known is None else known
    if len(prompts) < 2:
        return {}
    named = {place: next(one for one in prompts if one != prompt_of[place]) for place in places}
    return {
        place: Finding("duplicate", 1 - 1 / len(prompts), f"also the translation of {short(pivots.id(other))}")
        for place, other in named.items()
    }
