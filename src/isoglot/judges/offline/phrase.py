"""Phrases of one kind, as they are looked for.

A phrase is plain text with four signs: ``(a|b)`` one of several, ``...`` up to 40 characters of the same sentence,
``*`` the rest of a word, and ``_`` one word or none. A space at its beginning or end is the border of a word.
"""

from __future__ import annotations

import enum
import functools
import re
import unicodedata
from collections.abc import Iterator, Sequence

from .spelling import DENSE, FOLDED_ENDS, fold
from .standing import Standing

GAP = 40
_SIGNS = re.compile(r"(\s*\.\.\.\s*|_ |[()|*])")
_BORDER = r"(?!(?<=\w)\w)"  # not inside a word
_MARKS = "".join(chr(code) for code in range(0x0900, 0x1200) if unicodedata.category(chr(code)) in ("Mn", "Mc"))
_LETTER = rf"[\w{_MARKS}]"  # vowel signs of Indic scripts and of Thai, too, which are no \w
_MAYBE, _BEGINS, _ENDS = "_space_", "_begins_", "_ends_"  # what a space beside a sign may stand for
_PATTERNS = {
    "...": rf"[^{FOLDED_ENDS}]{{0,{GAP}}}?",
    "*": f"{_LETTER}*",
    "_ ": f"(?:{_LETTER}+ )?",
    _MAYBE: " ?",
    _BEGINS: f"(?<!{_LETTER})",
    _ENDS: f"(?!{_LETTER})",
}
_JOINED = ("[وفبلكسهשמו]", "[وف][بلكسا]", "ال", "[وفبك]ال", "لل")  # and, so, in, to, from, as, will, the
_PARTICLES = re.compile("|".join([r"(?<!\w)", *(rf"(?<=(?<!\w){one})" for one in _JOINED)]))
_TURNED = {"(": ")", ")": "("}


class Borders(enum.Enum):
    """Where phrases may begin and end."""

    WORDS = "words"
    PARTICLES = "particles"
    NONE = "none"


class Phrases:
    """Phrases of one kind; the first in the text is found.

    Args:
        written: as in the file.
        borders: where a phrase may begin and end: at those of words; or anywhere; or it begins where a word does
            or behind the particles that Arabic and Hebrew write as one with it, and ends anywhere.
    """

    def __init__(self, written: Sequence[str], *, borders: Borders) -> None:
        self.needed = [(part, text) for text in written for part in _needed(text)]
        self.borders = borders
        self._words = borders is Borders.WORDS
        self._particles = borders is Borders.PARTICLES

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
        return [_compiled(one, self._words) for one in dict.fromkeys(self._standing.found(text))]

    def holds(self, written: str, text: str) -> bool:
        """Whether folded text holds a phrase, of these or of another list with the same borders."""
        return self._first(_compiled(written, self._words), text) is not None

    def matches(self, text: str) -> list[re.Match[str]]:
        """Every match in folded text, in their order."""
        found = [match for pattern in self.possible(text) for match in self._all(pattern, text)]
        return sorted(found, key=lambda match: match.start())

    def search(self, text: str) -> re.Match[str] | None:
        """The first match in folded text."""
        found = [match for pattern in self.possible(text) if (match := self._first(pattern, text))]
        return min(found, key=lambda match: match.start(), default=None)

    def _first(self, pattern: re.Pattern[str], text: str, start: int = 0) -> re.Match[str] | None:
        """The first match that begins where it may; particles in the pattern itself would be slow."""
        match = pattern.search(text, start)
        while match and self._particles and not _PARTICLES.match(text, match.start()):
            match = pattern.search(text, match.start() + 1)
        return match

    def _all(self, pattern: re.Pattern[str], text: str) -> Iterator[re.Match[str]]:
        match = self._first(pattern, text)
        while match:
            yield match
            match = self._first(pattern, text, max(match.end(), match.start() + 1))

    def whole(self, text: str) -> bool:
        """Whether a folded text is one of them."""
        return any(pattern.fullmatch(text) for pattern in self.possible(text))


def _parts(written: str) -> list[str]:
    """Signs, and the text between them in the spelling of :func:`fold`.

    A space where a text meets a sign counts. At the beginning or the end of the phrase it says that a word begins or
    ends there, as text begins, too; in a dense script it may be missing.
    """
    parts = []
    for part in _SIGNS.split(written):
        if not part or _SIGNS.fullmatch(part):
            parts.append("..." if part.strip() == "..." else part)
            continue
        inner = fold(part)
        parts += [" "] * part[0].isspace() + [inner] + [" "] * (bool(inner) and part[-1].isspace())
    parts = [part for part in parts if part]
    dense = bool(DENSE.search(written))
    return [_space(parts, place, dense=dense) if part == " " else part for place, part in enumerate(parts)]


def _space(parts: Sequence[str], place: int, *, dense: bool) -> str:
    """What a space beside a sign stands for."""
    at_start = not _before(parts[:place])
    at_end = not _before([_TURNED.get(part, part) for part in reversed(parts[place + 1 :])])
    if dense:
        return "" if at_start or at_end else _MAYBE
    return _BEGINS if at_start else _ENDS if at_end else " "


def _before(parts: Sequence[str]) -> list[str]:
    """What a match has before a place, of the parts that are before it: no other choices of its own group."""
    opened = next((at for at in range(len(parts) - 1, -1, -1) if parts[at] in "()"), None)
    if opened is None or parts[opened] == ")":
        return list(parts)
    choice = next((at for at in range(len(parts) - 1, opened - 1, -1) if parts[at] in "|("), opened)
    return [*parts[:opened], *parts[choice + 1 :]]


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
            choices[-1].append("" if part in _PATTERNS else part)
        elif part not in _PATTERNS:
            groups.append((part.strip(),))
    groups = [group for group in groups if all(group)] or [("",)]
    return max(groups, key=lambda group: 8 * min(4, *map(len, group)) - len(group))  # rare texts, and few


@functools.cache  # compiled when first needed: of most phrases never
def _compiled(written: str, words: bool) -> re.Pattern[str]:
    border, pattern = _BORDER if words else "", ""
    for part in _parts(written):
        if part == "...":
            pattern += border + _PATTERNS[part] + border
        elif part in _PATTERNS or part in "()|":
            pattern += _PATTERNS.get(part, "(?:" if part == "(" else part)
        else:
            pattern += re.escape(part)
    return re.compile(border + pattern + border)
