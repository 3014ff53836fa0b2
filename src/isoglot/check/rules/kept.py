"""What a translation keeps as it is: addresses, placeholders, code, numbers."""

from __future__ import annotations

import functools
import re
from collections import Counter

from ...translators.pieces import Piece, pieces, without_pieces
from ..finding import Finding, quoted
from .numbers import lost_numbers

# What is demanded letter for letter: in words, and what its loss costs. Tags and entities are markup's; a blank such as
# <your name> and what is behind an @ people may write in their language.
_DEMANDED = {
    "code": ("code", 0.5),
    "address": ("URL", 0.5),
    "email": ("e-mail address", 0.5),
    "placeholder": ("placeholder", 0.55),
    "path": ("path", 0.5),
}
_IN_WORD = r"(?<=\w)['’](?=\w)"  # an apostrophe
# A letter of a script that has apostrophes, and spaces between words: no Thai, Lao, Burmese, Khmer, Chinese or Japanese
# one, and no Korean one, whose particles follow a quotation mark at once.
_LETTER = r"[^\W\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]"
_QUOTED = re.compile(
    '["“”„«»‹›「『《〈][^"“”„«»‹›「」『』《》〈〉\n]{1,120}["“”«»‹›」』》〉]'
    # A mark that may be an apostrophe opens where no letter is before it, and closes where none is behind it.
    rf"|(?<!{_LETTER})['‘’‚‛`´](?:[^'‘’‚‛`´\n]|{_IN_WORD}){{1,120}}['‘’`´](?!{_LETTER})"
)


def kept(source: str, text: str, language: str) -> list[Finding]:
    """What of the source is missing in the text: one finding of each kind."""
    findings = []
    there = re.sub(r"\s+", "", text) if (wanted := _counted(source)) else ""
    for kind, (name, penalty) in _DEMANDED.items():
        of_kind = {piece.text: times for piece, times in wanted.items() if piece.kind == kind}
        missing = [piece for piece, times in of_kind.items() if there.count(re.sub(r"\s+", "", piece)) < times]
        if missing:
            said = ", ".join(map(quoted, missing[:3]))
            findings.append(Finding("kept", penalty, f"{name} not kept: {said}"))
    finding = lost_numbers(without_kept(source), without_kept(text), language)
    return [*findings, finding] if finding else findings


@functools.lru_cache(maxsize=64)
def _counted(text: str) -> Counter[Piece]:
    return Counter(pieces(text))


def without_quoted(text: str) -> str:
    """The text without what stands in quotation marks."""
    return _QUOTED.sub(" ", text)


@functools.lru_cache(maxsize=128)
def without_kept(text: str) -> str:
    """The text without what is kept letter for letter."""
    return without_pieces(text)
