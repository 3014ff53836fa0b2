"""Which prompt groups a probe can use, and what is said of the others."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import NamedTuple

from ..errors import DataError, problem, some
from ..groups import PromptGroup, PromptGroups


class Usable(NamedTuple):
    """Groups of one pivot, each with a prompt of its own in it and with a translation.

    Attributes:
        groups: at least two.
        notes: which groups are left out, a sentence each.
    """

    groups: Sequence[PromptGroup]
    notes: Sequence[str]

    @property
    def pivot(self) -> str:
        """The language that all have."""
        return self.groups[0].pivot


def usable(groups: PromptGroups) -> Usable:
    """The groups that can be compared.

    Of groups that have the same prompt in the pivot the first one is taken: the others would be placed by a line that
    their own prompt has drawn, and count as prompts that they are not.

    Raises:
        DataError: for fewer than two, or several pivots.
    """
    several = [group for group in groups if group.has_translation]
    pivots = sorted({group.pivot for group in several})
    if len(pivots) > 1:
        raise DataError(problem("groups", "one pivot", ", ".join(pivots), "Probe one pivot's groups at a time"))
    first: dict[str, PromptGroup] = {}
    for group in several:
        first.setdefault(json.dumps(group.prompts[group.pivot], sort_keys=True), group)
    chosen = list(first.values())
    if len(chosen) < 2:
        raise DataError(_too_few(groups, several, chosen))
    return Usable(chosen, _left_out(len(groups) - len(several), len(several) - len(chosen), pivots[0]))


def _too_few(groups: PromptGroups, several: Sequence[PromptGroup], chosen: Sequence[PromptGroup]) -> str:
    got = f"{len(chosen)} of {len(groups)} ({some(groups.languages, 5)})"
    step = "Add translations (isoglot translate), or name the pivot: isoglot groups convert FILE --pivot TAG"
    if len(several) > len(chosen):
        step = f"{len(several)} have the same prompt in {several[0].pivot}: add other ones"
    elif absent := sorted({group.pivot for group in groups} - set(groups.languages)):
        step = f"Have {', '.join(absent)} among the languages, or {step[0].lower()}{step[1:]}"
    return problem("groups", "at least two groups with their pivot and another language", got, step)


def _left_out(alone: int, again: int, pivot: str) -> list[str]:
    notes = []
    if alone:
        notes.append(f"Left out: {alone} {_groups(alone)} without a prompt in the pivot or without a translation.")
    if again:
        notes.append(f"Left out: {again} {_groups(again)} whose prompt in {pivot} is that of another one.")
    return notes


def _groups(count: int) -> str:
    return "group" if count == 1 else "groups"
