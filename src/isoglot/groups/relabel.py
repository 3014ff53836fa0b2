"""Tags replaced by others: one that stands for several languages by that which a prompt is written in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from ..languages import UNDETERMINED, identify
from ..models.messages import prompt_text
from .group import PromptGroup
from .packed import NOTHING, packed


def relabelled(group: PromptGroup, tag: str, candidates: Sequence[str]) -> PromptGroup:
    """The group with the prompt of a tag under the candidate that it is written in.

    Args:
        group: the group; without the tag, it is given back.
        tag: the tag to replace.
        candidates: the languages that it may stand for.
    """
    if tag not in group.prompts:
        return group
    found = identify(prompt_text(group.prompts[tag]), candidates)
    if found == UNDETERMINED or found in group.prompts:
        return group

    return renamed(group, {tag: found})


def renamed(group: PromptGroup, names: Mapping[str, str]) -> PromptGroup:
    """The group with what it has under some tags under others.

    Args:
        group: the group.
        names: tag -> the one to use in its place, which the group must not have.
    """
    if names.keys().isdisjoint([group.pivot, *group.prompts, *group.weights, *group.provenance]):
        return group

    def under(mapping: Mapping[str, Any]) -> dict[str, Any]:
        return {names.get(tag, tag): value for tag, value in mapping.items()}

    return replace(
        group,
        prompts=packed(under(group.prompts)),
        pivot=names.get(group.pivot, group.pivot),
        weights=under(group.weights) or NOTHING,
        provenance=under(group.provenance) or NOTHING,
    )
