"""Loops: a text that says the same words or characters over and over, where its source does not."""

from __future__ import annotations

import functools
import re

from ..finding import Finding, quoted

_MOST = 4000  # characters that are looked at
_GRAM, _DENSE_GRAM = 12, 6  # characters; scripts that write a word in one or two need fewer
_DENSE = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]")
_LEAST = 16  # characters that are said again
_LEAST_TWICE = 6  # characters of a text that is said twice
_SHARE, _FACTOR = 0.22, 2.0
_WORDS = re.compile(r"(?<!\w)(\w+)(?:[^\w\n]+\1(?!\w)){3,}")
_CHARACTERS = re.compile(r"(\w)\1{9,}|([^\w\s.\-=_*~#])\2{9,}")


def repetition(source: str, text: str) -> Finding | None:
    """Whether words, characters or whole passages come again and again that do not in the source."""
    text = text[:_MOST]
    for pattern, what in ((_WORDS, "a word over and over"), (_CHARACTERS, "a character over and over")):
        if (found := pattern.search(text)) and not pattern.search(source):
            return Finding("repetition", 0.8, f"{what}: {quoted(found[0])}")
    if (times := _times(text)) > 1 and _times(source[:_MOST]) == 1:
        return Finding("repetition", 0.8, f"says the same {times} times")
    again, share = said_again(text)
    if again < _LEAST or share < _SHARE:
        return None
    if share < _FACTOR * _of_source(source[:_MOST]) + 0.05:
        return None
    return Finding("repetition", min(1.0, 0.5 + share / 2), f"says {share:.0%} of its characters again")


@functools.lru_cache(maxsize=64)
def _of_source(source: str) -> float:
    return said_again(source)[1]


def said_again(text: str) -> tuple[int, float]:
    """How many characters begin a passage that stood there before, and their share."""
    size = _DENSE_GRAM if _DENSE.search(text) else _GRAM
    count = len(text) - size + 1
    if count < 2:
        return 0, 0.0
    again = count - len({text[place : place + size] for place in range(count)})
    return again, again / count


def _times(text: str) -> int:
    """How often a text says the same."""
    words = text.split()
    for times in range(2, min(6, len(words)) + 1):
        part, rest = divmod(len(words), times)
        if not rest and words == words[:part] * times and sum(map(len, words[:part])) >= _LEAST_TWICE:
            return times
    return 1
