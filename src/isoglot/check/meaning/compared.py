"""What the checkers by a model share: each language's cells are held against wrong pairs, made of the file itself."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import defaultdict, deque
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from ..cell import Finding
from ..checker import Cell
from .chance import LEAST, MOST, chances, p_values
from .unchecked import Unchecked

_FLAGGED = 0.2  # probability that a cell is wrong from which somebody should look at it
_POWER = 0.5  # share of wrong cells that a checker must be able to find, or it is said that it is not
_CARRIED = 200  # cells of a language that are remembered for batches with few


class Fits(NamedTuple):
    """How well the cells of a language fit; more is better.

    Attributes:
        own: each cell its own source, (cells,); not a number where it could not be compared.
        wrong: cells the sources of other prompts, (pairs,).
    """

    own: np.ndarray
    wrong: np.ndarray


class Seen(NamedTuple):
    """What was seen of a cell.

    Attributes:
        wrong: the probability that it is another prompt's translation.
        p: the share of wrong pairs that fit as well, in (0, 1].
        own: how well it fits its source.
        usual: the median of its language.
    """

    wrong: float
    p: float
    own: float
    usual: float


class Compared(ABC):
    """A checker that asks of each cell whether it fits its own source better than wrong pairs do.

    How well right pairs fit depends on the language, the model and the texts. So no threshold is set: sources of other
    prompts show what a wrong pair looks like, and each cell gets the probability that it is one
    (:func:`~isoglot.check.meaning.chance.chances`). Of a language with too few cells, or that the model does not know,
    nothing is found.

    Args:
        name: in reports and findings.
        reason: of the findings.

    Attributes:
        untold: language -> why nothing or little can be said of its cells, in words; filled by the calls.
        lacking: language -> why single cells of it could not be compared, in words; filled by the calls.
        told: of each cell of the last call, whether it was compared.
    """

    batch_size = 8192

    def __init__(self, name: str, reason: str = "meaning") -> None:
        self.name, self.reason = name, reason
        self.untold: dict[str, str] = {}
        self.lacking: dict[str, str] = {}
        self.told: list[bool] = []
        self._unchecked = Unchecked()
        self._seen: dict[tuple[str, str], deque[Cell]] = defaultdict(lambda: deque(maxlen=_CARRIED))

    def __call__(self, cells: Sequence[Cell]) -> list[Finding | None]:
        """What is found of each cell; cells of earlier calls stand beside where a language has few."""
        found: list[Finding | None] = [None] * len(cells)
        self.told = [False] * len(cells)
        places: dict[tuple[str, str], list[int]] = defaultdict(list)
        for place, cell in enumerate(cells):
            places[cell.source_language, cell.language].append(place)
        for pair, own in places.items():
            new = [cells[place] for place in own]
            before = list(self._seen[pair]) if len(new) < _CARRIED else []
            self._seen[pair].extend(new)
            every, compared = self._of_language(pair[1], [*before, *new])
            there = compared[len(before) :].tolist()
            for place, finding, told in zip(own, every[len(before) :], there, strict=True):
                found[place], self.told[place] = finding, told
            why = (self.lacking if compared.any() else self.untold).get(pair[1], "")
            self._unchecked.look(new, there, why)
        return found

    @property
    def unchecked(self) -> Mapping[str, Any]:
        """Of languages in which cells were compared, those that were not; as :class:`Unchecked` records them."""
        return self._unchecked.to_record()

    @abstractmethod
    def fits(self, cells: Sequence[Cell]) -> list[Fits]:
        """Ways of looking at the cells of one language; the one that tells most pairs apart is taken."""

    def penalty(self, seen: Seen) -> float:
        """What a cell loses, in [0, 1]."""
        return seen.wrong

    def detail(self, seen: Seen) -> str:
        """What was seen, in words."""
        share = f"{seen.p:.0%}" if seen.p >= 0.01 else "under 1%"
        return f"{share} of wrong pairs fit as well ({self.name})"

    def _of_language(self, language: str, cells: Sequence[Cell]) -> tuple[list[Finding | None], np.ndarray]:
        """What is found of each cell, and which of them were compared, (cells,)."""
        nothing: tuple[list[Finding | None], np.ndarray] = [None] * len(cells), np.zeros(len(cells), dtype=bool)
        if len(cells) < LEAST:
            self.untold[language] = f"at least {LEAST} cells are needed, {len(cells)} are there"
            return nothing
        known = [(np.isfinite(look.own), look) for look in self.fits(cells)]
        looks = [(there, Fits(look.own[there], look.wrong)) for there, look in known if there.sum() >= LEAST]
        if not looks:
            self.untold.setdefault(language, "too few of its cells could be compared")
            return nothing
        there, best = min(looks, key=lambda one: float(p_values(*one[1]).mean()))
        wrong, share, power = chances(*best)
        if share > MOST:
            self.untold[language] = f"to {self.name} {share:.0%} of the cells look wrong: it does not know the language"
            return nothing
        self.untold.pop(language, None)
        if power < _POWER:
            self.untold[language] = f"of ten wrong cells {self.name} would find about {10 * power:.0f}"
        seen = zip(wrong, p_values(*best), best.own, strict=True)
        return self._findings(there, seen, float(np.median(best.own))), there

    def _findings(
        self, there: np.ndarray, values: Iterable[tuple[float, float, float]], usual: float
    ) -> list[Finding | None]:
        """By cell, of those that are there."""
        found: list[Finding | None] = [None] * len(there)
        for place, (wrong, p, own) in zip(np.flatnonzero(there), values, strict=True):
            seen = Seen(float(wrong), float(p), float(own), usual)
            if (penalty := self.penalty(seen)) >= _FLAGGED:
                found[place] = Finding(self.reason, penalty, self.detail(seen))
        return found
