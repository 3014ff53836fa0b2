"""Whether there is anything to pull, before the first step: translations of a prompt against other prompts."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import normalize

from ..models.modes import evaluating
from .distributed import reshard
from .draw import Draw, by_group
from .memory import Memory
from .prompts import TermPrompts
from .runner import PromptRunner

LOOKED_AT = 32  # groups
ALIKE = 0.9  # mean cosine of different prompts from which on an angle says little about any of them


class Outlook(NamedTuple):
    """Mean cosines of pivots' prompts, where the objective looks, before training.

    Attributes:
        translations: with their own translations.
        others: with translations of other prompts.
        by_language: language -> the difference of the two, of its prompts alone.
    """

    translations: float
    others: float
    by_language: Mapping[str, float]

    def warn(self, space: str) -> None:
        """Says so if all prompts look alike: there is then nothing to pull, and guards that look there are blind."""
        if not self.others > ALIKE:
            return
        advice = "Set consistency.space to standardized" if space == "raw" else "Choose another consistency.layer"
        warnings.warn(
            f"consistency: where the objective looks (space {space}), a prompt and its translations have a mean cosine "
            f"of {self.translations:.3f}, a prompt and those of other prompts {self.others:.3f}: all prompts look "
            f"alike there, so there is hardly anything to pull together, and a guard sees little of what is lost. "
            f"{advice}.",
            stacklevel=2,
        )


@torch.no_grad()
def outlook(z: Tensor, mask: Tensor, pivot: int, languages: list[str]) -> Outlook | None:
    """Looks at the states of some groups.

    Args:
        z: (groups, languages, dim), where the objective looks.
        mask: (groups, languages), which of them are there; every group has its pivot.
        pivot: its place among the languages.
        languages: their tags.

    Returns:
        None for fewer than two groups, of which no two prompts could be compared.
    """
    if z.size(0) < 2:
        return None
    unit = normalize(z.float(), dim=-1)
    cosine = torch.einsum("gd,hld->lgh", unit[:, pivot], unit)
    there = mask.T.unsqueeze(1).expand_as(cosine)
    own = torch.eye(z.size(0), dtype=torch.bool, device=z.device).expand_as(cosine)
    others = torch.arange(z.size(1), device=z.device) != pivot

    def mean(which: Tensor, places: Tensor) -> float:
        chosen = cosine[places][which[places]]
        return chosen.mean().item() if chosen.numel() else float("nan")

    by_language = {}
    for place, tag in enumerate(languages):
        if place != pivot:
            alone = torch.arange(z.size(1), device=z.device) == place
            by_language[tag] = mean(there & own, alone) - mean(there & ~own, alone)
    return Outlook(mean(there & own, others), mean(there & ~own, others), by_language)


def look_ahead(model: Any, prompts: TermPrompts, memory: Memory, runner: PromptRunner) -> Outlook | None:
    """Translations against other prompts, of some of those compared.

    Args:
        model: as it is before training.
        prompts: of the term.
        memory: which may know their states already.
        runner: else runs them.
    """
    groups = prompts.compared[:LOOKED_AT]
    tags = {group.id: frozenset(group.prompts) for group in groups}
    drawn = Draw(groups, list(prompts.languages), tags, 1.0)
    if memory.knows(groups[0]):
        found = memory.at(drawn.cells, torch.zeros(()))
    else:
        with evaluating(model):
            found = runner.states(model, [prompts.encode(cell) for cell in drawn.cells])
        reshard(model)
    with torch.autocast(found.device.type, enabled=False):
        states, mask = by_group(found, drawn)
        return outlook(memory.seen(states)[0], mask, drawn.languages.index(groups[0].pivot), drawn.languages)
