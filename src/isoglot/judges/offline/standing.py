"""Which of many texts stand in another one, found quickly."""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from typing import Any, Generic, TypeVar

MANY = 100  # texts from which on one pattern of all is faster than one search after the other
Thing = TypeVar("Thing")


class Standing(Generic[Thing]):
    """Things that each need a text.

    Args:
        needed: texts, folded, each with what needs it.
    """

    def __init__(self, needed: Sequence[tuple[str, Thing]]) -> None:
        self.needed = needed

    def found(self, text: str) -> list[Thing]:
        """What may be looked for in a text, for the text that it needs stands there; in the given order.

        Example:
            >>> Standing([("help", 1), ("not help", 2), ("can", 3)]).found("i do not help")
            [1, 2]
        """
        if len(self.needed) <= MANY:
            return [thing for part, thing in self.needed if part in text]
        find = self._pattern
        signs = set(find.findall(text)) if find else {sign for sign in self._by_sign if sign in text}
        places = sorted(place for sign in signs for place in self._by_sign[sign])
        return [thing for part, thing in map(self.needed.__getitem__, places) if part in text]

    @functools.cached_property
    def _by_sign(self) -> dict[str, list[int]]:
        """Places in ``needed`` by sign: the shortest of the texts, of which one is in every other."""
        signs: list[str] = []
        by_sign: dict[str, list[int]] = {}
        for part in sorted({part for part, _ in self.needed}, key=len):
            if not any(sign in part for sign in signs):
                signs.append(part)
                by_sign[part] = []
        for place, (part, _) in enumerate(self.needed):
            by_sign[next(sign for sign in signs if sign in part)].append(place)
        return by_sign

    @functools.cached_property
    def _pattern(self) -> re.Pattern[str] | None:
        """What finds each sign at each place; none contains another, so that there is one at most."""
        if len(self._by_sign) <= MANY or "" in self._by_sign:
            return None
        tree: dict[str, Any] = {}
        for sign in self._by_sign:
            branch = tree
            for letter in sign:
                branch = branch.setdefault(letter, {})
        return re.compile(f"(?=({_either(tree)}))")


def _either(tree: dict[str, Any]) -> str:
    """A pattern of texts that are given letter by letter."""
    branches = [re.escape(letter) + _either(branch) for letter, branch in tree.items()]
    return branches[0] if len(branches) == 1 else f"(?:{'|'.join(branches)})" if branches else ""
