"""Which prompts of one set of groups are in another, or among the texts of a file: word for word, or nearly."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from ..models.messages import messages, user_text
from .compared import normal
from .group import PromptGroup
from .near import NEAR, near_any


class Shared(NamedTuple):
    """How many groups have a prompt that is in another set.

    Attributes:
        exact: a prompt is there word for word, case and spaces aside.
        near: none is there word for word, but one that is nearly the same.
    """

    exact: int
    near: int

    def __bool__(self) -> bool:
        return self.exact > 0 or self.near > 0


class Places(NamedTuple):
    """Places of groups of which a prompt is in another set: as :class:`Shared`, which has their numbers."""

    exact: set[int]
    near: set[int]

    def counted(self) -> Shared:
        """How many they are."""
        return Shared(len(self.exact), len(self.near))


def shared(groups: Sequence[PromptGroup], others: Sequence[PromptGroup], *, least: float = NEAR) -> Places:
    """Which groups have a prompt that one of the others has in the same language, or nearly has.

    Word for word: without case, with single spaces, in one form of Unicode. Nearly: 60 % of the 5-grams of letters are
    common, as :func:`~isoglot.groups.near.near_any` finds them, so that other punctuation or another word is no other
    prompt; of a conversation what the user says is compared. In time linear in the number of prompts.

    Args:
        groups: those that are looked for.
        others: those in which they are looked for.
        least: share of common 5-grams, from 0.5 to 1.
    """
    known = {one for other in others for one in _prompts(other)}
    exact = {place for place, group in enumerate(groups) if any(one in known for one in _prompts(group))}
    return Places(exact, _near(groups, set(range(len(groups))) - exact, others, least))


def shared_in(groups: Sequence[PromptGroup], texts: Iterable[str], *, least: float = NEAR) -> Places:
    """Which groups have a prompt, in whatever language, that is one of the texts, or nearly is.

    As :func:`shared`, of what the user says: texts have no language, nor a system prompt.

    Args:
        groups: those that are looked for.
        texts: those in which they are looked for.
        least: share of common 5-grams, from 0.5 to 1.
    """
    distinct = dict.fromkeys(map(normal, texts))  # in their order, so that every process finds the same
    asked = [[user_text(prompt) for prompt in group.prompts.values()] for group in groups]
    exact = {place for place, said in enumerate(asked) if any(normal(text) in distinct for text in said)}
    left = [(place, text) for place, said in enumerate(asked) if place not in exact for text in said]
    near = near_any([text for _, text in left], list(distinct), least=least)
    return Places(exact, {left[one][0] for one in near})


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


def _near(groups: Sequence[PromptGroup], places: set[int], others: Iterable[PromptGroup], least: float) -> set[int]:
    """Those of the places whose group has a prompt that is near one of the others', one language after the other."""
    wanted: Mapping[str, list[int]] = defaultdict(list)
    for place in sorted(places):
        for tag in groups[place].prompts:
            wanted[tag].append(place)
    found: set[int] = set()
    for tag, all_of_tag in wanted.items():
        left = [place for place in all_of_tag if place not in found]
        there = [user_text(other.prompts[tag]) for other in others if tag in other.prompts]
        asked = [user_text(groups[place].prompts[tag]) for place in left]
        found |= {left[one] for one in near_any(asked, there, least=least)}
    return found
