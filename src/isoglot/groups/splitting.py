"""Groups for training and for testing: near-duplicates on one side, strata in proportion, the same at each run."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from ..errors import ConfigError, problem
from .group import PromptGroup, pivot_user_text
from .groups import PromptGroups
from .near import NEAR, clusters, near_any
from .shared import shared, shared_in

BY = ("kind", "category", "source", "pivot")
Stratum = tuple[str, ...]


class Split(NamedTuple):
    """Two sets.

    Attributes:
        train: groups to train on.
        test: groups to test on.
        together: groups that are near-duplicates of another and went where that went.
        left_out: groups that are near those of another set, and in neither.
        strata: values of what it is stratified by -> how many to train and to test on.
        near_training: ids of groups to test on of which a translation is also one in training, or nearly.
    """

    train: PromptGroups
    test: PromptGroups
    together: int
    left_out: Sequence[str]
    strata: dict[Stratum, tuple[int, int]]
    near_training: Sequence[str] = ()


def split(
    groups: Sequence[PromptGroup],
    test: float,
    *,
    by: Sequence[str] = ("kind",),
    seed: int = 0,
    against: Sequence[PromptGroup] = (),
    asked: Sequence[str] = (),
    least: float = NEAR,
) -> Split:
    """Divides groups so that no test prompt, nor one nearly like it, is trained on in the pivot.

    Each near-duplicate in the pivot goes where its first goes. Translations decide nothing: one text that a translator
    gave for many prompts would keep all of these together. Where one is on both sides, the group is named. A cluster is
    of the stratum of its first group; clusters are taken in an order that only the seed and the ids decide, until a
    stratum has its share. So which file or place a group stands in changes nothing.

    Args:
        groups: at least one.
        test: share to test on, in [0, 1).
        by: of ``BY``; each combination of values gets its share.
        seed: of the order.
        against: other groups; what has a prompt near one of theirs, in the same language or both in their pivots, is
            left out of both sides.
        asked: other texts; what has a prompt near one, in whatever language, is left out likewise.
        least: share of common character 5-grams from which two pivots count as near.

    Raises:
        ConfigError: for a share outside, or a name that is none of ``BY``.
    """
    wrong = [problem("--by", f"some of {', '.join(BY)}", repr(name)) for name in by if name not in BY]
    if not 0 <= test < 1:
        wrong.append(problem("--test", "a share of at least 0 and below 1", test))
    if wrong:
        raise ConfigError("\n".join(wrong))
    near = _near(groups, against, asked, least)
    kept = [group for place, group in enumerate(groups) if place not in near]
    units, together = _units(kept, least)
    for_test = _chosen(units, by, test, seed)
    train = [group for group in kept if group.id not in for_test]
    tested = [group for group in kept if group.id in for_test]
    counts = Counter(_stratum(group, by) for group in train), Counter(_stratum(group, by) for group in tested)
    strata = {one: (counts[0][one], counts[1][one]) for one in sorted({*counts[0], *counts[1]})}
    left = [groups[place].id for place in sorted(near)]
    both = sorted(set().union(*shared(tested, train, least=least)))
    return Split(PromptGroups(train), PromptGroups(tested), together, left, strata, [tested[one].id for one in both])


def _near(
    groups: Sequence[PromptGroup], against: Sequence[PromptGroup], asked: Sequence[str], least: float
) -> set[int]:
    """Places of what is left out: all that an evaluation calls near, and what is near in the pivot."""
    found: set[int] = set()
    if against:
        found = near_any(_texts(groups), _texts(against), least=least).union(*shared(groups, against, least=least))
    if asked:
        found = found.union(*shared_in(groups, asked, least=least))
    return found


def _texts(groups: Sequence[PromptGroup]) -> list[str]:
    return [pivot_user_text(group.pivot, group.prompts) for group in groups]


def _units(groups: Sequence[PromptGroup], least: float) -> tuple[list[list[PromptGroup]], int]:
    """What stays together: clusters, and groups by themselves; and how many groups follow another."""
    found = clusters(_texts(groups), least=least)
    inside = {place for places in found for place in places}
    alone = [[group] for place, group in enumerate(groups) if place not in inside]
    # By id, so that the order of the file decides nothing.
    several = [sorted((groups[place] for place in places), key=lambda group: group.id) for places in found]
    return [*several, *alone], sum(len(places) - 1 for places in found)


def _chosen(units: Sequence[list[PromptGroup]], by: Sequence[str], share: float, seed: int) -> set[str]:
    """The ids of what is tested on."""
    strata: dict[Stratum, list[list[PromptGroup]]] = {}
    for unit in units:
        strata.setdefault(_stratum(unit[0], by), []).append(unit)
    wanted = _shares({one: sum(map(len, inside)) for one, inside in strata.items()}, share)
    ids: set[str] = set()
    for stratum, inside in strata.items():
        left = wanted[stratum]
        for unit in sorted(inside, key=lambda unit: _order(seed, unit[0].id)):
            if len(unit) <= left:
                ids |= {group.id for group in unit}
                left -= len(unit)
    return ids


def _shares(sizes: dict[Stratum, int], share: float) -> dict[Stratum, int]:
    """Whole numbers in proportion, by largest remainders: their sum is the share of all."""
    exact = {one: size * share for one, size in sizes.items()}
    found = {one: int(value) for one, value in exact.items()}
    rest = round(sum(sizes.values()) * share) - sum(found.values())
    for one in sorted(sizes, key=lambda one: (found[one] - exact[one], one))[: max(rest, 0)]:
        found[one] += 1
    return found


def _stratum(group: PromptGroup, by: Sequence[str]) -> Stratum:
    return tuple(getattr(group, name) or "unknown" for name in by)


def _order(seed: int, name: str) -> bytes:
    return hashlib.sha256(f"{seed}\0{name}".encode()).digest()
