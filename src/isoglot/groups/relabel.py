"""A tag that stands for several languages replaced by the one a prompt is written in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from ..languages import UNDETERMINED, identify
from ..models.messages import prompt_text
from .group import PromptGroup


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

    def renamed(mapping: Mapping[str, Any]) -> dict[str, Any]:
        return {found if key == tag else key: value for key, value in mapping.items()}

    return replace(
        group,
        prompts=renamed(group.prompts),
        pivot=found if group.pivot == tag else group.pivot,
        weights=renamed(group.weights),
        provenance=renamed(group.provenance),
    )
