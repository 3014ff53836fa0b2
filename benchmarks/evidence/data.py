"""The data of the sweeps: English preferences, prompt groups (whole, noisy, thinned, fewer), held-out prompts."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from pathlib import Path

from isoglot import PromptGroups
from isoglot.files import write_text
from isoglot.quickstart.world.data import alignment_groups, held_out_groups, preferences
from isoglot.quickstart.world.text import World

PAIRS, GROUPS, TESTS = 1024, 256, 48
FEWER = (16, 32, 64, 128)  # groups of each kind


def write_data(folder: Path, seed: int) -> None:
    """Writes one seed's files: those of the quickstart, and their variants."""
    world = World.load()
    _write_pairs(folder / "preferences.jsonl", preferences(world, PAIRS, seed=seed))
    languages = (world.pivot, *world.aligned)
    translated = [pair for tag in languages for pair in preferences(world, PAIRS, seed=seed, language=tag)]
    _write_pairs(folder / "translated.jsonl", random.Random(seed).sample(translated, len(translated)))
    groups = alignment_groups(world, GROUPS, seed=seed)
    groups.write(folder / "groups.jsonl")
    for share in (10, 30, 50):
        with_wrong_translations(groups, share / 100, seed).write(folder / f"noisy-{share}.jsonl")
    for share in (30, 60):
        with_missing_translations(groups, share / 100, seed).write(folder / f"missing-{share}.jsonl")
    for count in FEWER:
        fewer(groups, count).write(folder / f"fewer-{count}.jsonl")
    held_out_groups(world, TESTS, seed=seed).write(folder / "test.jsonl")


def with_wrong_translations(groups: PromptGroups, share: float, seed: int) -> PromptGroups:
    """A share of the translations, each replaced by the same language's of another prompt of any kind."""
    rng, changed = random.Random(f"noise/{seed}"), []
    for group in groups:
        prompts = dict(group.prompts)
        for tag in prompts:
            if tag != group.pivot and rng.random() < share:
                prompts[tag] = rng.choice([other for other in groups if other.id != group.id]).prompts[tag]
        changed.append(replace(group, prompts=prompts))
    return PromptGroups(changed)


def with_missing_translations(groups: PromptGroups, share: float, seed: int) -> PromptGroups:
    """A share of the translations left out, so that most groups have some languages only; each keeps at least one."""
    rng, changed = random.Random(f"missing/{seed}"), []
    for group in groups:
        others = [tag for tag in group.prompts if tag != group.pivot]
        kept = [tag for tag in others if rng.random() >= share] or [rng.choice(others)]
        changed.append(replace(group, prompts={tag: group.prompts[tag] for tag in (group.pivot, *kept)}))
    return PromptGroups(changed)


def fewer(groups: PromptGroups, count: int) -> PromptGroups:
    """The first ``count`` groups of each kind, in all their languages."""
    return PromptGroups(
        [group for kind in ("harmful", "harmless") for group in [g for g in groups if g.kind == kind][:count]]
    )


def _write_pairs(path: Path, pairs: list[dict]) -> None:
    write_text(path, "".join(json.dumps(pair, ensure_ascii=False) + "\n" for pair in pairs))
