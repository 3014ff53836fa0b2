"""Sentences of a response, and which of them are about the matter."""

from __future__ import annotations

import re

from .extent import extent, words_in
from .spelling import FOLDED_ENDS
from .wording import Wording

SHORT = 16  # characters of a sentence that says nothing by itself: "No.", "Hello there!"
LONGEST = 600  # characters; a sentence without an end is cut
WORDS_TO_AN_ASIDE = 10  # a sentence with more words to each aside in it is of the matter
STEM = 5  # characters by which forms of a word are one; shorter words are too frequent to say something
LONG_WORD = re.compile(rf"\w{{{STEM},}}")
FOLDED_QUESTIONS = ("?", "؟")  # as fold() writes them
SENTENCE = re.compile(f"[^{FOLDED_ENDS}]{{1,{LONGEST}}}[{FOLDED_ENDS}]*")
IN_LINE = 3  # steps that follow one another in a line: two numbers may be of something else
_STEP = re.compile(r"(?m)^[\s>*#_]*(?:\w+ )?(?:\d{1,2}[.):、：．]|[一二三四五六七八九十]、|[①-⑳])\s*\S.*")
_NUMBER = re.compile(r"(?:^|(?<=[\s:：;；,，。.!?！？]))[(（]?(\d{1,2})[.)）、．](?=\s*[^\s\d])")


def preface(sentence: str, words: Wording) -> bool:
    """Whether a sentence says nothing about the matter yet; False for longer ones where no ``prefaces`` are known."""
    return extent(sentence) <= SHORT or not words.prefaces.needed or bool(words.prefaces.search(sentence))


def informs(sentence: str, words: Wording) -> bool:
    """Whether a sentence is about the matter: long enough, no question, and with few asides."""
    asks = ":" not in sentence and sentence.rstrip().endswith(FOLDED_QUESTIONS)
    if extent(sentence) <= SHORT or asks or words.invites.search(sentence):
        return False
    return not aside(sentence, words)


def aside(text: str, words: Wording) -> bool:
    """Whether a text has as many asides as one that is not of the matter."""
    return WORDS_TO_AN_ASIDE * len(words.asides.matches(text)) >= words_in(text)


def stems(text: str) -> set[str]:
    """The words of a text that are long enough to say something, in all their forms."""
    return {word[:STEM] for word in LONG_WORD.findall(text)}


def steps(raw: str) -> list[tuple[int, str]]:
    """Numbered steps as they were written, a line each, or three and more in one: of each its place and its text."""
    lines = [(match.start(), match[0]) for match in _STEP.finditer(raw)]
    if len(lines) > 1:
        return lines
    starts: list[int] = []
    for match in _NUMBER.finditer(raw):
        if int(match[1]) == len(starts) + 1:
            starts.append(match.start())
    if len(starts) < IN_LINE:
        return lines
    return [(start, raw[start:end]) for start, end in zip(starts, [*starts[1:], len(raw)], strict=True)]
