"""Phrases of one kind, as they are looked for.

A phrase is plain text with four signs: ``(a|b)`` one of several, ``...`` up to 40 characters of the same sentence,
``*`` the rest of a word, and ``_`` one word or none.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence

from .spelling import DENSE, ENDS, fold
from .standing import Standing

GAP = 40
_SIGNS = re.compile(r"(\s*\.\.\.\s*|_ |[()|*])")
_BORDER = r"(?!(?<=\w)\w)"  # not inside a word


class Phrases:
    """Phrases of one kind; the first in the text is found.

    Args:
        written: as in the file.
        borders: whether phrases begin and end with words.
    """

    def __init__(self, written: Sequence[str], *, borders: bool) -> None:
        self.needed = [(part, text) for text in written for part in _needed(text)]
        self.borders = borders

    def of(self, needed: Sequence[tuple[str, str]]) -> Phrases:
        """Those of these phrases only, each given with the text that it needs."""
        some = Phrases([], borders=self.borders)
        some.needed = list(needed)
        return some

    @functools.cached_property
    def _standing(self) -> Standing[str]:
        return Standing(self.needed)

    def possible(self, text: str) -> list[re.Pattern[str]]:
        """Those that the text may hold; most texts hold none, which plain search is quick to say."""
        return [_compiled(one, self.borders) for one in dict.fromkeys(self._standing.found(text))]

    def matches(self, text: str) -> list[re.Match[str]]:
        """Every match in folded text, in their order."""
        found = [match for pattern in self.possible(text) for match in pattern.finditer(text)]
        return sorted(found, key=lambda match: match.start())

    def search(self, text: str) -> re.Match[str] | None:
        """The first match in folded text."""
        found = [match for pattern in self.possible(text) if (match := pattern.search(text))]
        return min(found, key=lambda match: match.start(), default=None)

    def whole(self, text: str) -> bool:
        """Whether a folded text is one of them."""
        return any(pattern.fullmatch(text) for pattern in self.possible(text))


def _parts(written: str) -> list[str]:
    """Signs, and the text between them in the spelling of :func:`fold`; spaces at its ends count."""
    parts = []
    for part in _SIGNS.split(written):
        if part and not _SIGNS.fullmatch(part):
            inner = fold(part)
            before, after = part[0].isspace(), part[-1].isspace() and bool(inner)
            part = " " * (before and not DENSE.match(inner)) + inner + " " * (after and not DENSE.match(inner[-1]))
        if part:
            parts.append("..." if part.strip() == "..." else part)
    return parts


def _needed(written: str) -> tuple[str, ...]:
    """Texts of which one stands in every match: one outside parentheses, or the choices of a group."""
    groups: list[tuple[str, ...]] = []
    choices: list[list[str]] = []  # of the group that is open; of each the texts between its signs
    for part in _parts(written):
        if part == "(":
            assert not choices, f"{written}: a group in a group"
            choices = [[""]]
        elif part == "|":
            choices.append([""])
        elif part == ")":
            groups.append(tuple(max(texts, key=len) for texts in choices))
            choices = []
        elif choices:
            choices[-1].append("" if part in ("...", "*", "_ ") else part)
        elif part not in ("...", "*", "_ "):
            groups.append((part.strip(),))
    groups = [group for group in groups if all(group)] or [("",)]
    return max(groups, key=lambda group: 8 * min(4, *map(len, group)) - len(group))  # rare texts, and few


@functools.cache  # compiled when first needed: of most phrases never
def _compiled(written: str, borders: bool) -> re.Pattern[str]:
    border, pattern = _BORDER if borders else "", ""
    for part in _parts(written):
        if part == "...":
            pattern += rf"{border}[^{ENDS}]{{0,{GAP}}}?{border}"
        elif part == "(":
            pattern += "(?:"
        elif part == "*":
            pattern += r"\w*"
        elif part == "_ ":
            pattern += r"(?:\w+ )?"
        else:
            pattern += part if part in ")|" else re.escape(part)
    return re.compile(border + pattern + border)
