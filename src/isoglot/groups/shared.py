"""How many prompts of one set of groups are in another: word for word, or nearly."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from ..models.messages import messages, user_text
from .compared import normal
from .group import PromptGroup
from .near import near_any


class Shared(NamedTuple):
    """Groups of which a prompt is in another set, in the same language.

    Attributes:
        exact: a prompt is there word for word, case and spaces aside.
        near: none is there word for word, but one that is nearly the same.
    """

    exact: int
    near: int

    def __bool__(self) -> bool:
        return self.exact > 0 or self.near > 0


def shared(groups: Sequence[PromptGroup], others: Sequence[PromptGroup]) -> Shared:
    """How many groups have a prompt that one of the others has in the same language, or nearly has.

    Word for word: without case, with single spaces, in one form of Unicode. Nearly: 60 % of the 5-grams of letters are
    common, as :func:`~isoglot.groups.near.near_any` finds them, so that other punctuation or another word is no other
    prompt; of a conversation what the user says is compared. In time linear in the number of prompts.

    Args:
        groups: those that are counted.
        others: those in which they are looked for.
    """
    known = {one for other in others for one in _prompts(other)}
    exact = {place for place, group in enumerate(groups) if any(one in known for one in _prompts(group))}
    left = [group for place, group in enumerate(groups) if place not in exact]
    return Shared(len(exact), len(_near(left, others)))


def in_words(found: Shared, of: object, noun: str, there: str) -> str:
    """``3 of 60 prompts are among those there, and 2 more are nearly the same as one of them``.

    Args:
        found: of which some is above 0.
        of: how many groups were looked for.
        noun: what they are, in the plural.
        there: in what they were looked for, in the plural.
    """
    are = "is" if found.near == 1 else "are"
    if not found.exact:
        return f"{found.near} of {of} {noun} {are} nearly the same as one of {there}"
    said = f"{found.exact} of {of} {noun} {'is' if found.exact == 1 else 'are'} among {there}"
    return f"{said}, and {found.near} more {are} nearly the same as one of them" if found.near else said


def _prompts(group: PromptGroup) -> Iterator[int]:
    """A number for each prompt with its language: of a million texts the texts themselves would fill the memory."""
    for tag, prompt in group.prompts.items():
        yield hash((tag, *((one["role"], normal(one["content"])) for one in messages(prompt))))


def _near(groups: Sequence[PromptGroup], others: Iterable[PromptGroup]) -> set[int]:
    """Places of the groups with a prompt that is near one of the others', one language after the other."""
    wanted: Mapping[str, list[int]] = defaultdict(list)
    for place, group in enumerate(groups):
        for tag in group.prompts:
            wanted[tag].append(place)
    found: set[int] = set()
    for tag, places in wanted.items():
        left = [place for place in places if place not in found]
        there = [user_text(other.prompts[tag]) for other in others if tag in other.prompts]
        found |= {left[one] for one in near_any([user_text(groups[place].prompts[tag]) for place in left], there)}
    return found
