"""What a text says in words of its own: without what it quotes, and without what stands in its source as it is."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from itertools import pairwise

from ...languages import UNDETERMINED, base_tag
from .kept import without_kept, without_quoted

_WORD = re.compile(r"[^\W\d_]+")
_KEPT, _OWN = 1 / 3, 1 / 4  # of a text's letters: from which it may be what is kept that was identified; too few to say
_IN_TITLE = 2  # words in a row without a capital, between two that have one: "The Lord of the Rings"
_LEFT = 2  # words of the source that were to be translated: so many in the text show that none was ...
_SHARE = 0.5  # ... if they are such a part of them


def own_language(source: str, prose: str, found: str, source_language: str, identified: Callable[[str], str]) -> str:
    """The language of a text's own words.

    Args:
        source: the pivot's text.
        prose: the text.
        found: the language that it is in with all its words, which is not that of its tag.
        source_language: tag of the pivot's language.
        identified: gives the language of a text.

    Returns:
        ``found`` where it holds: for a text without words of its own, a source that was left as it is, and a text of
        which little is kept. Else the language of the rest, undetermined where that is too short to say.
    """
    said = set(_WORD.findall(without_kept(source)))
    unquoted = without_quoted(prose)
    if unquoted != prose and _own(unquoted, said):
        again = identified(unquoted)
        if again == UNDETERMINED and _letters(unquoted) <= (1 - _KEPT) * _letters(prose):
            return UNDETERMINED
        found, prose = found if again == UNDETERMINED else again, unquoted
    if base_tag(found) != base_tag(source_language):
        return found
    own = _own(prose, said)
    share = sum(map(len, own)) / max(1, _letters(prose))
    if not _OWN <= share <= 1 - _KEPT or _left_as_it_is(without_quoted(without_kept(source)), prose):
        return found
    return identified(" ".join(own))


def _own(prose: str, said: set[str]) -> list[str]:
    """The words that the source has not."""
    return [word for word in _WORD.findall(prose) if word not in said]


def _letters(prose: str) -> int:
    return sum(map(len, _WORD.findall(prose)))


def _left_as_it_is(source: str, prose: str) -> bool:
    """Whether many words of the source that are no names stand in the text."""
    plain, there = set(_plain(_WORD.findall(source))), set(_WORD.findall(prose))
    left = len(plain & there)
    return left >= _LEFT and left >= _SHARE * len(plain)


def _plain(words: Sequence[str]) -> list[str]:
    """The words without a capital that are in no title."""
    capitals = [place for place, word in enumerate(words) if not word.islower()]
    in_titles = {
        place
        for before, after in pairwise(capitals)
        if after - before <= _IN_TITLE + 1
        for place in range(before, after)
    }
    return [word for place, word in enumerate(words) if word.islower() and place not in in_titles]
