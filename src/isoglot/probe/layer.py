"""What is measured at one layer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from .. import representation as rep
from ..consistency.outlook import outlook
from ..metrics import mean_of_known
from ..metrics.bootstrap import times_drawn
from .meaning import finds_translation, silhouettes
from .told_apart import ToldApart, places_along, told_apart

DRAWS = 1000
ByLanguage = Mapping[str, float]


class Cells(NamedTuple):
    """Whose states are measured.

    Attributes:
        mask: (groups, languages) bool, which cells are there; each group has its pivot.
        languages: their tags.
        pivot: its place among them.
        kinds: (groups,) 1 for a harmful group, 0 for a harmless one, -1 for one that does not say.
        times: (1 + draws, groups), how often each is in a draw; all ones first, for the data itself.
    """

    mask: Tensor
    languages: list[str]
    pivot: int
    kinds: Tensor
    times: np.ndarray

    @classmethod
    def of(cls, mask: Tensor, languages: list[str], pivot: int, kinds: Tensor) -> Cells:
        """With ``DRAWS`` draws, of as many groups of each kind as there are."""
        times = np.ones((1 + DRAWS, len(kinds)))
        for number in kinds.unique().tolist():
            there = (kinds == number).numpy()
            times[1:, there] = times_drawn(int(there.sum()), DRAWS, seed=number + 1)
        return cls(mask, languages, pivot, kinds, times)

    @property
    def tell_apart(self) -> bool:
        """Whether there are enough groups of both kinds: a line must be drawn without those placed along it."""
        return all(int((self.kinds == kind).sum()) >= 2 for kind in (0, 1))


class LayerProbe(NamedTuple):
    """One layer.

    Attributes:
        layer: from 1.
        leading_share, effective_rank: of a group's languages, where the objective looks; means over groups.
        leading_share_raw: of the states as they are.
        translations, others: mean cosines of pivots' prompts with their translations, and with those of others.
        meaning, language: silhouettes of prompts by meaning and by language, means over prompts.
        retrieval: language -> share of pivots' prompts that have their translation as their nearest; NaN
            for one with a single prompt.
        transfer, separability, gap, shift: by language, the pivot too, as :class:`ToldApart` has them; empty where
            prompts are of one kind.
    """

    layer: int
    leading_share: float
    effective_rank: float
    leading_share_raw: float
    translations: float
    others: float
    meaning: float
    language: float
    retrieval: ByLanguage
    transfer: ByLanguage
    separability: ByLanguage
    gap: ByLanguage
    shift: ByLanguage


class Looked(NamedTuple):
    """One layer, and what draws of the prompts give.

    Attributes:
        found: of the prompts that there are.
        apart: (1 + draws, languages) of each of its measures; None where prompts are of one kind.
        places: (groups, languages) where prompts lie along the line; NaN where there is none, or the kind is unknown.
        contrast: (1 + draws,), silhouette by meaning less that by language.
        hits: (groups, languages), whether the translation is the nearest; NaN where there is none, or none but it.
    """

    found: LayerProbe
    apart: ToldApart | None
    places: np.ndarray
    contrast: np.ndarray
    hits: np.ndarray


def look_at_layer(layer: int, states: Tensor, cells: Cells, space: str) -> Looked:
    """Measures a layer.

    Args:
        layer: its number.
        states: (groups, languages, hidden size), as they are.
        cells: whose they are.
        space: that of the term, to which all cells' states are fitted.
    """
    mask = cells.mask
    z = rep.Space.fit(states[mask].unsqueeze(0), space)(states.unsqueeze(0))[0] if space != "raw" else states
    hits = finds_translation(z, mask, cells.pivot).numpy()
    by_meaning, by_language = silhouettes(z, mask)
    places = _places(z, cells)
    known = (cells.kinds >= 0).numpy()
    harmful = (cells.kinds == 1).numpy()
    apart = told_apart(places[known], harmful[known], cells.times[:, known]) if cells.tell_apart else None
    seen = outlook(z, mask, cells.pivot, cells.languages)
    others = [(place, tag) for place, tag in enumerate(cells.languages) if place != cells.pivot]
    means = {tag: mean_of_known(hits[:, place].tolist()) for place, tag in others}
    found = LayerProbe(
        layer,
        rep.leading_share(z, mask).mean().item(),
        rep.effective_rank(z, mask).mean().item(),
        rep.leading_share(states, mask).mean().item(),
        seen.translations if seen else torch.nan,
        seen.others if seen else torch.nan,
        by_meaning.nanmean().item(),
        by_language.nanmean().item(),
        means,
        **_by_language(apart, cells.languages),
    )
    return Looked(found, apart, places, _drawn(by_meaning - by_language, cells.times), hits)


def _places(z: Tensor, cells: Cells) -> np.ndarray:
    places = torch.full(cells.mask.shape, torch.nan)
    if cells.tell_apart:
        known = cells.kinds >= 0
        places[known] = places_along(z[known], cells.mask[known], cells.kinds[known] == 1, cells.pivot)
    made: np.ndarray = places.double().numpy()
    return made


def _by_language(apart: ToldApart | None, languages: list[str]) -> dict[str, ByLanguage]:
    if apart is None:
        return {name: {} for name in ToldApart._fields}
    return {name: dict(zip(languages, values[0].tolist(), strict=True)) for name, values in apart._asdict().items()}


def _drawn(by_cell: Tensor, times: np.ndarray) -> np.ndarray:
    """(draws,): means over cells, (groups, languages), where groups count so many times."""
    there = ~by_cell.isnan()
    total, count = by_cell.nan_to_num().sum(1).double().numpy(), there.sum(1).double().numpy()
    made: np.ndarray = (times @ total) / (times @ count)
    return made
