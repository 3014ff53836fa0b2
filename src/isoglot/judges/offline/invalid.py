"""Signs that a response is no answer at all."""

from __future__ import annotations

import math
import re
import zlib
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

from ...languages import scripts
from ...languages.writing import LETTERS, WITHOUT_SPACES, script_of
from .spelling import fold

_LATIN_LOOP = 0.12  # a text compressed below this share of its bytes says one thing over and over
_LABELS = re.compile(r"\b(?:user|assistant|human|bot|question|answer|prompt|q|a)\b")
_PIECES = re.compile(r"[\n,;:()|/•·\-–—]+")
_LAUGHTER, _LOOP = 40, 12  # characters: of a text at least, of what is repeated in a word
_LONGEST = 4000  # characters of a word that are looked at
_REPEATED = re.compile(r"(\S{2,24}?)\1{3,}")
_WORD = re.compile("[^\\W\\d_](?:['’\ufffd]*[^\\W\\d_])*")
_SIGNS = re.compile("\ufffd+(?=[^\\W\\d_])")  # what stands behind a word may be an emoji that was cut
# Greek is left out: its letters are signs of measures and of mathematics.
_KNOWN = frozenset(LETTERS.values()) - {"GREEK"}
# Sentences of these are words here; Korean has spaces, but joins Chinese and Latin letters to its own.
_DENSE = frozenset(LETTERS[code] for code in (*WITHOUT_SPACES, "Hang"))
_NUMBERING = re.compile(r"^\W*\d*\W*")
_NUMBER_OF_AN_ITEM = re.compile(r"(?<!\d)\d+[.)]")  # from its first digit on, so that long ones are read once
_LONGEST_NUMBERING = 6  # digits of an item's number, and its dot
_MOST_OFTEN = 2 / 3  # of the steps of ``1. 2. 1. 2. 3.``, and not of ``1. 1. 2. 3. 5. 8.``
_ONE_DIGIT_OVER_AND_OVER = re.compile(r"(\d)\1{17,}")  # a quadrillion has 15 zeros, a fraction of a program 16 digits


def invalid_reason(prompt: str, text: str, raw: str) -> str:
    """Why a response is no answer (empty, without words, an echo, a loop, noise), or an empty string.

    Args:
        prompt: as it was asked.
        text: the response, folded.
        raw: the response as it was written.
    """
    if not text:
        return "empty"
    if not _says_something(text) or _numbers_nothing(raw):
        return "no words"
    if _echoes(prompt, text):
        return "repeats the prompt"
    if _loops(text, raw):
        return "repeats itself"
    if _mixed(raw) or _changes_within_words(raw):
        return "mixes scripts"
    if _broken(raw):
        return "broken characters"
    return ""


def _says_something(text: str) -> bool:
    """Words, or a number that is most of what there is: ``42`` is an answer, ``??? 1 !!!`` is none."""
    if any(map(str.isalpha, text)):
        return True
    seen = "".join(text.split())
    return bool(seen) and 2 * sum(map(str.isdigit, seen)) >= len(seen)


def _numbers_nothing(raw: str) -> bool:
    r"""Numbers of a list without items, ``1.\n2.\n3.`` or ``1.1.1.1.1.``; ``42.``, ``1. 42.\n2. 17.`` answer.

    So does a list of numbers that does not count its own items: ``2.\n4.\n6.`` may well be what was asked for.
    """
    if any(map(str.isalpha, raw)) or any(map(str.isdigit, _NUMBER_OF_AN_ITEM.sub("", raw))):
        return False
    in_lines = [_NUMBER_OF_AN_ITEM.findall(line) for line in raw.splitlines() if line.strip()]
    if len(in_lines) > 2 and {*map(len, in_lines)} == {1}:
        return _counts_items([one for line in in_lines for one in line])
    return any(len(line) > 4 and _counts_items(line) for line in in_lines)


def _counts_items(numbered: Sequence[str]) -> bool:
    """Whether numbers begin at 0 or 1 and most often go on by one, stay, or begin again; or are few, over and over."""
    numbers = [int(one[:-1]) if len(one) <= _LONGEST_NUMBERING else math.inf for one in numbered]
    goes_on = sum(now in (before, before + 1, 0, 1) for before, now in pairwise(numbers))
    from_the_first = numbers[0] in (0, 1) and goes_on > _MOST_OFTEN * (len(numbers) - 1)
    return from_the_first or 2 * len({one[:-1] for one in numbered}) <= len(numbered)


def _echoes(prompt: str, text: str) -> bool:
    if len(text) > 2 * len(prompt) + 40:
        return False
    asked = fold(prompt)
    return bool(asked) and asked in text and not _says_something(_LABELS.sub("", text.replace(asked, "")))


def _loops(text: str, raw: str) -> bool:
    words = text.split()
    if _loops_within_words(words) or _one_digit(text):
        return True
    if 4 * len(set(words)) > len(words) >= 20:
        return False
    lines = [_NUMBERING.sub("", line) for line in raw.splitlines() if line.strip()]
    if len(lines) >= 4 and 2 * len(set(lines)) > len(lines):
        return False  # tables, plans and lists say new things with the same words
    if len(words) >= 12 and 4 * len(set(words)) <= len(words):
        words = [word for word in " ".join(lines).casefold().split() if any(map(str.isalnum, word))]
        said = len({word for word in words if not word[:1].isdigit()}) + sum(word[:1].isdigit() for word in words)
        if said <= len(words) / 6:
            return True
    encoded = text.encode(errors="surrogatepass")
    return len(encoded) >= 240 and len(zlib.compress(encoded)) < _LATIN_LOOP * len(encoded)


def _loops_within_words(words: list[str]) -> bool:
    """A text, longer than laughter, of which two thirds are pieces of words, each said four times in a row or more."""
    length = sum(map(len, words))
    if length < _LAUGHTER:
        return False
    looped = 0
    for word in words:
        if len(word) >= _LOOP:
            runs = (run for run in _REPEATED.finditer(word[:_LONGEST]) if len(run[0]) >= _LOOP)
            looped += sum(len(run[0]) for run in runs if len(set(run[1])) > 1 and any(map(str.isalpha, run[1])))
    return 3 * looped >= 2 * min(length, _LONGEST)


def _one_digit(text: str) -> bool:
    """A text without letters of which half and more is one digit, said too often for a number."""
    if any(map(str.isalpha, text)):
        return False
    return 2 * sum(len(run[0]) for run in _ONE_DIGIT_OVER_AND_OVER.finditer(text)) >= len(text)


def _changes_within_words(raw: str) -> bool:
    """A quarter of the letters stands in words in whose midst the script changes as in no language's writing."""
    if raw.isascii():
        return False
    words = [word[0] for word in _WORD.finditer(raw)]
    odd = [word for word in words if not word.isascii() and _changes_oddly(word)]
    return 4 * sum(map(len, odd)) >= sum(map(len, words)) > 0


def _changes_oddly(word: str) -> bool:
    """Whether it goes from one script to another that none is written with, or to and fro between Latin and another.

    A word of Latin letters may have an ending of another script (``SMSка``), a beginning, or both. A sentence without
    spaces is one word here, and takes foreign words as they are.
    """
    seen = [script for letter in word if (script := script_of(letter)) in _KNOWN]
    changes = [(one, other) for one, other in pairwise(seen) if one != other]
    if not _DENSE.isdisjoint(seen):
        return False
    return len(changes) > 2 or any("LATIN" not in pair for pair in changes)


def _broken(raw: str) -> bool:
    """Three signs of no character and more, each before letters, of which there are fewer than six to a sign."""
    if "\ufffd" not in raw:
        return False
    return len(signs := _SIGNS.findall(raw)) >= 3 and sum(map(str.isalpha, raw)) < 6 * len(signs)


def _mixed(raw: str) -> bool:
    """Letters of three scripts and more, none of which has two thirds, and that not in a list of words of each."""
    if raw.isascii() or not _salad(scripts(raw)):
        return False
    lines = [line for line in raw.splitlines() if line.strip()]
    if len(lines) >= 3 and not any(_salad(scripts(line)) for line in lines):
        return False
    words = [piece.split() for piece in _PIECES.split(raw)]
    return any(len(piece) > max(3, len(scripts(" ".join(piece)))) for piece in words)


def _salad(counts: Counter[str]) -> bool:
    if counts["HIRAGANA"]:
        counts = counts + Counter(HIRAGANA=counts["CJK"]) - Counter(CJK=counts["CJK"])  # kana and kanji are one
    return len(counts) >= 3 and max(counts.values()) < 2 / 3 * sum(counts.values())
