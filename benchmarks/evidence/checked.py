"""Groups with wrong translations, as a check leaves them: what it doubts left out, or given less weight."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from isoglot import PromptGroup, PromptGroups
from isoglot.check.checker import Cell, Checker
from isoglot.check.meaning.served import Served

Scores = dict[tuple[str, str], float]  # by id and language, in [0, 1]


class Unlearnt(Served):
    """A weaker check: the middle layer alone, and nothing learnt from the file."""

    def vectors(self, texts: Sequence[str]) -> np.ndarray:
        """(1, texts, hidden size)."""
        found = super().vectors(texts)
        return found[len(found) // 2 :][:1]


def write_checked(folder: Path, base: Path) -> None:
    """Writes what two checks make of a seed's ``noisy-30.jsonl``."""
    groups = PromptGroups.read(folder / "noisy-30.jsonl")
    right = PromptGroups.read(folder / "groups.jsonl")
    well, weakly = Served(str(base), dtype="float32"), Unlearnt(str(base), dtype="float32")
    weakly.ways = ("standardized",)
    for name, check in (("", well), ("-weakly", weakly)):
        scores = scored(groups, check)
        print(f"seed {folder.name}, checked{name}: {found(groups, right, scores)}")
        PromptGroups([_dropped(group, scores) for group in groups]).write(folder / f"dropped{name}.jsonl")
        PromptGroups([_weighed(group, scores) for group in groups]).write(folder / f"weighed{name}.jsonl")


def scored(groups: PromptGroups, check: Checker) -> Scores:
    """What the check leaves of each cell."""
    cells = [
        Cell(group.id, group.prompts[group.pivot], group.pivot, text, tag)
        for group in groups
        for tag, text in group.prompts.items()
        if tag != group.pivot
    ]
    findings = check(cells)
    pairs = zip(cells, findings, strict=True)
    return {(cell.id, cell.language): 1.0 - (finding.penalty if finding else 0.0) for cell, finding in pairs}


def found(groups: PromptGroups, right: PromptGroups, scores: Scores) -> str:
    """How much of the wrong and of the right cells is left by dropping and by weighing."""
    prompts = {(group.id, tag): text for group in right for tag, text in group.prompts.items()}
    wrong = {(g.id, tag) for g in groups for tag, text in g.prompts.items() if text != prompts[g.id, tag]}
    parts = []
    for name, cells in (("wrong", wrong), ("right", scores.keys() - wrong)):
        values = np.array([scores[cell] for cell in cells])
        parts.append(f"{name} {len(values)}: below 0.5 {(values < 0.5).mean():.3f}, mean {values.mean():.3f}")
    return "; ".join(parts)


def _dropped(group: PromptGroup, scores: Scores) -> PromptGroup:
    kept = {tag: text for tag, text in group.prompts.items() if scores.get((group.id, tag), 1.0) >= 0.5}
    return replace(group, prompts=kept)


def _weighed(group: PromptGroup, scores: Scores) -> PromptGroup:
    return replace(group, weights={tag: scores[group.id, tag] for tag in group.prompts if tag != group.pivot})
