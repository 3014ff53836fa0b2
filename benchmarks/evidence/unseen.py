"""Groups that might carry refusals over to languages in no group: more languages, code-switched, a few of their own."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

from isoglot import PromptGroups
from isoglot.quickstart.world.text import Request, World

SPREAD, FEW = (1, 2, 4, 9), (4, 32, 128)


def write_unseen(folder: Path, seed: int) -> None:
    """Writes the variants of a seed's ``groups.jsonl``."""
    world, groups = World.load(), PromptGroups.read(folder / "groups.jsonl")
    asked = requests(world, len(groups) // 2, seed)
    for count in SPREAD:
        spread(groups, world, count, seed).write(folder / f"spread-{count}.jsonl")
    for count in FEW:
        with_few(groups, world, asked, count).write(folder / f"few-{count}.jsonl")
    switched(groups, world, asked, seed).write(folder / "switched.jsonl")  # written last


def requests(world: World, count: int, seed: int) -> list[Request]:
    """What the groups ask for, in their order: ``count`` of each kind."""
    rng = random.Random(f"groups/{seed}")
    kinds = (world.alignable, list(world.harmless))
    return [one for verbs in kinds for one in world.requests(count, rng, verbs=verbs, held_out=False)]


def spread(groups: PromptGroups, world: World, count: int, seed: int) -> PromptGroups:
    """Each prompt in the pivot and in one of ``count`` languages: as many translations, however many languages."""
    chosen = random.Random(f"spread/{seed}").sample(world.aligned, len(world.aligned))[:count]
    kept = [(group, (world.pivot, chosen[place % count])) for place, group in enumerate(groups)]
    return PromptGroups([replace(group, prompts={tag: group.prompts[tag] for tag in tags}) for group, tags in kept])


def with_few(groups: PromptGroups, world: World, asked: list[Request], count: int) -> PromptGroups:
    """``count`` groups of each kind in the unseen languages, too."""
    half, made = len(groups) // 2, []
    for place, (group, request) in enumerate(zip(groups, asked, strict=True)):
        added = {tag: world.prompt(request, tag) for tag in world.unseen} if place % half < count else {}
        made.append(replace(group, prompts={**group.prompts, **added}))
    return PromptGroups(made)


def switched(groups: PromptGroups, world: World, asked: list[Request], seed: int) -> PromptGroups:
    """Half of the translations with the verb and the object of two other languages of the groups."""
    rng, made = random.Random(f"switched/{seed}"), []
    for group, request in zip(groups, asked, strict=True):
        prompts = dict(group.prompts)
        for tag in world.aligned:
            if rng.random() < 0.5:
                prompts[tag] = world.prompt(request, tag, mix=rng.sample(world.aligned, 2))
        made.append(replace(group, prompts=prompts))
    return PromptGroups(made)
