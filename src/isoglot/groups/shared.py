"""How many prompts of one set of groups are in another, word for word."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ..models.messages import messages
from .group import PromptGroup
from .near import normal


def shared(groups: Iterable[PromptGroup], others: Iterable[PromptGroup]) -> int:
    """How many groups have a prompt that one of the others has in the same language.

    Texts are compared without case, with single spaces, in one form of Unicode; near-duplicates are not found, for
    which there is :func:`~isoglot.groups.near.near_any`. Linear in the number of prompts.

    Args:
        groups: those that are counted.
        others: those in which they are looked for.
    """
    known = {one for other in others for one in _prompts(other)}
    return sum(any(one in known for one in _prompts(group)) for group in groups)


def _prompts(group: PromptGroup) -> Iterator[int]:
    """A number for each prompt with its language: of a million texts the texts themselves would fill the memory."""
    for tag, prompt in group.prompts.items():
        yield hash((tag, *((one["role"], normal(one["content"])) for one in messages(prompt))))
