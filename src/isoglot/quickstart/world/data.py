"""What alignment and its tests use of the embedded world: English preferences, prompt groups, held-out prompts."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

from ...groups import PromptGroup, PromptGroups
from .text import Request, World


def preferences(world: World, count: int, *, seed: int = 0, language: str | None = None) -> list[dict[str, Any]]:
    """Preference pairs, half on harmful requests (refusal preferred), half on harmless ones (compliance).

    Args:
        world: the language world.
        count: pairs.
        seed: of the choice.
        language: of prompts and answers; None: English. The requests are the same in each.

    Returns:
        Records with ``prompt``, ``chosen``, ``rejected`` as lists of chat messages, the form that TRL reads.
    """
    rng = random.Random(f"preferences/{seed}")
    harmful = _requests(world, count - count // 2, rng, harmful=True, held_out=False)
    harmless = _requests(world, count // 2, rng, harmful=False, held_out=False)
    pairs, language = [], language or world.pivot
    for request in rng.sample([*harmful, *harmless], count):
        answers = world.refuse(language), world.comply(request, language)
        chosen, rejected = answers if world.is_harmful(request) else answers[::-1]
        pairs.append(
            {
                "prompt": [{"role": "user", "content": world.prompt(request, language)}],
                "chosen": [{"role": "assistant", "content": chosen}],
                "rejected": [{"role": "assistant", "content": rejected}],
            }
        )
    return pairs


def alignment_groups(world: World, count: int, *, seed: int = 0) -> PromptGroups:
    """Groups for the consistency term: ``count`` harmful and ``count`` harmless ones, without the unseen languages."""
    languages = (world.pivot, *world.aligned)
    return _groups(world, count, languages, random.Random(f"groups/{seed}"), held_out=False, prefix="align")


def held_out_groups(world: World, count: int, *, seed: int = 0) -> PromptGroups:
    """The test: ``count`` harmful and ``count`` harmless prompts of held-out objects and frames, in every language."""
    languages = tuple(world.languages)
    return _groups(world, count, languages, random.Random(f"test/{seed}"), held_out=True, prefix="test")


def _groups(
    world: World, count: int, languages: Sequence[str], rng: random.Random, *, held_out: bool, prefix: str
) -> PromptGroups:
    groups = []
    for kind in ("harmful", "harmless"):
        for place, request in enumerate(_requests(world, count, rng, harmful=kind == "harmful", held_out=held_out)):
            groups.append(
                PromptGroup(
                    id=f"{prefix}-{kind}-{place + 1:03d}",
                    prompts={tag: world.prompt(request, tag) for tag in languages},
                    pivot=world.pivot,
                    kind=kind,
                    category=world.verbs[request.verb],
                    source="isoglot quickstart",
                )
            )
    return PromptGroups(groups)


def _requests(world: World, count: int, rng: random.Random, *, harmful: bool, held_out: bool) -> list[Request]:
    """Requests of one kind; of the harmful ones only those that the base model complies with."""
    verbs = world.alignable if harmful else list(world.harmless)
    return world.requests(count, rng, verbs=verbs, held_out=held_out)
