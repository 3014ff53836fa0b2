"""What is remembered from before training: where cells were, and the space that this gives to compare them in."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ..groups import PromptGroup
from ..progress import Show, Silent
from ..representation import ReferenceStates, Space
from .distributed import Processes
from .draw import Draw, by_group

Cell = tuple[PromptGroup, str]
RAW = "raw"
AT_A_TIME = 256  # cells tokenized from one telling to the next
LOOKED_AT = 8192  # cells that a space is fitted to, drawn at random if there are more


class Memory:
    """Reference states by cell.

    Args:
        cells: whose states are needed; may be none.
        encode: cell -> token ids.
        layers: decoder layers counted from 1.
        folder: where the states are kept; None: in memory only.
        center: ``Consistency.center``.
        space: ``Consistency.space``.
        show: called with progress.
    """

    def __init__(
        self,
        cells: Sequence[Cell],
        encode: Callable[[Cell], Sequence[int]],
        layers: Sequence[int],
        folder: Path | None,
        *,
        center: bool | str = False,
        space: str = RAW,
        show: Show | None = None,
    ) -> None:
        self._center, self._kind, self._show = center, space, show or Silent()
        self._cells = list(cells)
        self._place = {(group.id, tag): place for place, (group, tag) in enumerate(cells)}
        self.reference = ReferenceStates(self._encoded(encode), layers, folder) if cells else None
        self._space: Space | None = None
        self._means: dict[str, Tensor] = {}  # language -> (layers, hidden)

    def _encoded(self, encode: Callable[[Cell], Sequence[int]]) -> list[Sequence[int]]:
        self._show.begin("Tokenizing the prompt groups")
        made: list[Sequence[int]] = []
        for start in range(0, len(self._cells), AT_A_TIME):
            self._show.advance(start, len(self._cells))
            made += map(encode, self._cells[start : start + AT_A_TIME])
        self._show.advance(len(made), len(made))
        return made

    @property
    def is_known(self) -> bool:
        """Whether nothing has to be remembered (any more)."""
        return self.reference is None or bool(self.reference.name)

    def remember(
        self, model: Any, states: Callable[[Sequence[Sequence[int]]], Tensor], *, together: bool = False
    ) -> None:
        """Takes the present states, unless there are some; ``together`` with all processes, pass by pass."""
        if self.reference is not None and not self.is_known:
            device = next(model.parameters()).device
            most = partial(Processes.of_run().most, device=device) if together else int
            show = Silent() if together else self._show  # together is within a step of training, which is shown
            show.begin("Reference states")
            self.reference.compute(model, states, most, show.advance)

    def knows(self, group: PromptGroup) -> bool:
        """Whether a group's prompts are among those remembered."""
        return (group.id, group.pivot) in self._place

    def at(self, cells: Sequence[Cell], like: Tensor) -> Tensor:
        """Where cells were, (layers, cells, hidden size), with the dtype and device of another tensor.

        Raises:
            RunError: if nothing has been remembered.
        """
        assert self.reference is not None
        return self.reference[[self._place[group.id, tag] for group, tag in cells]].to(like)

    @property
    def space(self) -> Space | None:
        """Where guards and monitors look; None: at the states themselves."""
        if self._space is None and (self._kind != RAW or self._center is True):
            self._space = Space.fit(self.at(self._some_cells(), torch.zeros(())), self._kind)
        return self._space

    def _some_cells(self) -> list[Cell]:
        """Cells of all languages, the same at each call: every n-th would be in one language where n divides well."""
        places: Sequence[int] = range(len(self._cells))
        if len(places) > LOOKED_AT:
            places = sorted(random.Random(0).sample(places, LOOKED_AT))
        return [self._cells[place] for place in places]

    def seen(self, states: Tensor) -> Tensor:
        """States, (layers, ..., hidden size), as guards and monitors see them."""
        return states if self.space is None else self.space(states)

    def compared(self, raw: Tensor, drawn: Draw) -> Tensor:
        """States as the objective sees them: in the space, less what is a language's own or a prompt's own.

        Args:
            raw: (layers, groups, languages, hidden); what stands in absent cells means nothing, then and afterwards.
            drawn: whose they are.
        """
        if self._center == "prompt":
            before, _ = by_group(self.at(drawn.cells, raw), drawn)
            pivot = drawn.languages.index(drawn.groups[0].pivot)
            raw = raw - before + before[:, :, pivot : pivot + 1]
        if self._center == "language":
            taken = torch.stack([self._language_mean(tag) for tag in drawn.languages], dim=1).unsqueeze(1)
            raw = raw - taken.to(raw)
            return raw if self.space is None else self.space.of_differences(raw)
        return self.seen(raw)

    def _language_mean(self, tag: str) -> Tensor:
        if tag not in self._means:
            self._means[tag] = self.at([cell for cell in self._cells if cell[1] == tag], torch.zeros(())).mean(1)
        return self._means[tag]

    def state_dict(self) -> dict[str, Tensor]:
        """That of the reference; and the space, which follows from it, for those who want to look there too."""
        if self.reference is None:
            return {}
        space = self.space if self.is_known else None
        kept = {} if space is None else {"space.mean": space.mean, "space.scale": space.scale}
        return kept | self.reference.state_dict()

    def load_state_dict(self, state: Mapping[str, Tensor]) -> None:
        """Takes back what :meth:`state_dict` gave."""
        if self.reference is not None:
            self.reference.load_state_dict(state)
            self._space, self._means = None, {}  # of what was remembered until now
