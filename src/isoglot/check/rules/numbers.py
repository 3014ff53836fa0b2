"""Numbers of a source that are missing in a text, whatever digits or words they are written in."""

from __future__ import annotations

import functools
import re
from collections import Counter
from collections.abc import Mapping, Sequence

from ...judges.offline.spelling import fold
from ...languages import base_tag
from ...packaged import packaged_yaml
from ..finding import Finding
from .han_numbers import han_numbers

_NUMBER = re.compile(r"\d+(?:[.,،٫٬'’]\d+|[\u00a0\u202f ]\d{3}(?!\d))*")
_SEPARATORS = re.compile(r"[.,،٫٬'’\u00a0\u202f ]")
_MONEY = re.compile(
    rf"[$€£¥₹]\s?({_NUMBER.pattern})|({_NUMBER.pattern})\s?(?:[$€£¥₹]|(?:dollar|euro|pound|buck|cent)s?\b)",
    re.IGNORECASE,
)
_IN_WORDS = 100  # numbers below may be written in words
_ROUND = frozenset(["100", "1000", "10000", "100000", "1000000"])  # and these
_IRREGULAR = frozenset(["bn", "fr", "hi", "mr", "ur"])  # words of some numbers do not show their digits
_ERAS = {"th": 543, "lo": 543}  # years of the Buddhist era are later by so many


def lost_numbers(source: str, text: str, language: str) -> Finding | None:
    """Whether the text lacks numbers of the source.

    A number counts as kept in other digits, in groups, in Han characters or Roman ones, and a small one in words, as
    far as the words of the language are known. An amount of money may be converted.
    """
    wanted = numbers(source)
    if not wanted:
        return None
    there = numbers(text)
    missing = [number for number, times in wanted.items() if there[number] < times]
    if not missing:
        return None
    added = [number for number in there if number not in wanted]
    if added:  # amounts of money may be converted
        money = {_plain(found[1] or found[2]) for found in _MONEY.finditer(source)}
        missing = [number for number in missing if number not in money]
    missing = [number for number in missing if not _otherwise(number, text, there, language)]
    if there.total() < wanted.total():  # of as many, each stands for one
        missing = [number for number in missing if not _in_words(number, text, base_tag(language) or "")]
    if not missing:
        return None
    said = ", ".join(missing[:3])
    if added:
        return Finding("kept", 0.5, f"number {said} not kept; there is {', '.join(added[:3])}")
    return Finding("kept", 0.4, f"number {said} not kept")


def _otherwise(number: str, text: str, there: Counter[str], language: str) -> bool:
    """Whether a number is there in another form."""
    if there[number]:  # less often than in the source: said once
        return True
    if any(number.startswith(f"{other}.") or other.startswith(f"{number}.") for other in there):
        return True
    base = base_tag(language) or ""
    if number.isdecimal() and len(number) == 4 and str(int(number) + _ERAS.get(base, 0)) in there:
        return True
    if number in han_numbers(text):
        return True
    if number.isdecimal() and 0 < int(number) < 40 and re.search(rf"\b{_roman(int(number))}\b", text):
        return True
    return number in _ROUND


def _in_words(written: str, text: str, base: str) -> bool:
    """Whether words for the digits of a small number stand in the text, or may, as its words are not known."""
    if not written.isdecimal() or int(written) >= _IN_WORDS:
        return False
    words, number = _words(base), int(written)
    if not words or number == 0:
        return True
    folded = f" {fold(text)} "
    digits = {number // 10, number % 10} - {0}
    if number < 20 or number % 10 == 0:
        digits.add(10)
    there = [any(word in folded for word in words[digit - 1]) for digit in digits]
    return any(there) if number <= 20 or number % 10 == 0 or base in _IRREGULAR else all(there)


@functools.lru_cache(maxsize=128)
def numbers(text: str) -> Counter[str]:
    """The numbers of a text, in plain digits without separators of groups -> how often each stands there."""
    if not any(map(str.isdecimal, text)):
        return Counter()
    return Counter(_plain(found[0]) for found in _NUMBER.finditer(text))


def _plain(written: str) -> str:
    """``1,250.50`` -> ``1250.5``; a single separator before three digits groups."""
    parts = ["".join(str(int(digit)) for digit in part) for part in _SEPARATORS.split(written[:60])]
    whole = "".join([parts[0], *(part for part in parts[1:] if len(part) == 3)]).lstrip("0") or "0"
    rest = parts[-1].rstrip("0") if len(parts) > 1 and len(parts[-1]) != 3 else ""
    return f"{whole}.{rest}" if rest else whole


def _roman(number: int) -> str:
    units = ("", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX")
    return "X" * (number // 10) + units[number % 10]


@functools.cache
def _words(base: str) -> Sequence[Sequence[str]]:
    """Beginnings of words for 1 to 10, folded; none of a language that is not known."""
    if base == "ku":
        return [[*one, *other] for one, other in zip(_words("ckb"), _words("kmr"), strict=True)]
    return [[_folded(word) for word in words.split("|")] for words in _file().get(base, [])]


def _folded(word: str) -> str:
    return (" " if word.startswith(" ") else "") + fold(word)


@functools.cache
def _file() -> Mapping[str, list[str]]:
    found: Mapping[str, list[str]] = packaged_yaml(__package__, "number_words.yaml")
    return found
