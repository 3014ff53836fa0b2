"""Sentences of a response, and which of them are about the matter."""

from __future__ import annotations

import re

from .extent import extent, words_in
from .spelling import ENDS
from .wording import Wording

SHORT = 16  # characters of a sentence that says nothing by itself: "No.", "Hello there!"
LONGEST = 600  # characters; a sentence without an end is cut
WORDS_TO_AN_ASIDE = 10  # a sentence with more words to each aside in it is of the matter
QUESTIONS = ("?", "؟")
SENTENCE = re.compile(f"[^{ENDS}]{{1,{LONGEST}}}[{ENDS}]*")
STEP = re.compile(r"(?m)^[\s>*#_]*(?:\w+ )?(?:\d{1,2}[.):、：．]|[一二三四五六七八九十]、|[①-⑳])\s*\S.*")


def preface(sentence: str, words: Wording) -> bool:
    """Whether a sentence says nothing about the matter yet; False for longer ones where no ``prefaces`` are known."""
    return extent(sentence) <= SHORT or not words.prefaces.needed or bool(words.prefaces.search(sentence))


def informs(sentence: str, words: Wording) -> bool:
    """Whether a sentence is about the matter: long enough, no question, and with few asides."""
    asks = ":" not in sentence and sentence.rstrip().endswith(QUESTIONS)
    if extent(sentence) <= SHORT or asks or words.invites.search(sentence):
        return False
    return not aside(sentence, words)


def aside(text: str, words: Wording) -> bool:
    """Whether a text has as many asides as one that is not of the matter."""
    return WORDS_TO_AN_ASIDE * len(words.asides.matches(text)) >= words_in(text)
