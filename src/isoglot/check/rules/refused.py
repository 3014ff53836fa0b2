"""Texts by which a translator declines, where its source does no such thing."""

from __future__ import annotations

import functools
import re

from ...judges.offline.reading import read
from ...judges.offline.sentences import FOLDED_QUESTIONS
from ...judges.offline.spelling import FOLDED_ENDS, as_meant, fold
from ..finding import Finding, quoted
from .talk import Talk, talks

_MOST = 2000  # characters that are looked at
_BEGINNING = 25  # characters before what cannot be; further on a translation says so of a thing
_SENTENCE = re.compile(f"[^{FOLDED_ENDS}]+")


def refusal(source: str, text: str, source_language: str, language: str) -> Finding | None:
    """Whether the text declines to translate or to answer and the source says nothing of the kind."""
    said = talks(language, source_language)
    phrase = _declines(text[:_MOST], said)
    if not phrase or _source_declines(source[:_MOST], source_language):
        return None
    if _speaks(source[:_MOST], source_language) and not _of_help(text[:_MOST], phrase, said):
        return None
    return Finding("refusal", 0.9, f"declines: {quoted(phrase)}")


@functools.lru_cache(maxsize=64)
def _source_declines(source: str, language: str) -> bool:
    return bool(_declines(source, talks(language, language)))


@functools.lru_cache(maxsize=64)
def _speaks(source: str, language: str) -> bool:
    """Whether who asks speaks of what they do: "I disagree with my boss" is translated by words that decline, too."""
    folded = fold(as_meant(source))
    return any(talk.refuses.prefaces.search(folded) for talk in talks(language, language)[:1] if talk.refuses)


def _of_help(text: str, phrase: str, said: tuple[Talk, ...]) -> bool:
    """Whether the text apologizes, or denies help or a translation in a sentence: a translator that declines does."""
    folded = fold(as_meant(text))
    sentences = _SENTENCE.findall(folded)
    for words in (talk.refuses for talk in said if talk.refuses):
        if words.sorry.search(folded) or any(
            words.acts.search(one) and (phrase in one or words.cannot.search(one)) for one in sentences
        ):
            return True
    return any(talk.translate.search(folded) or talk.cannot.search(folded) for talk in said)


def _declines(text: str, said: tuple[Talk, ...]) -> str:
    """The words by which a text declines, or none."""
    meant = as_meant(text)
    folded = fold(meant)
    reading = read(folded, meant, [talk.refuses for talk in said if talk.refuses])
    if (
        reading.what == "declines"
        and not _asked(folded, reading.phrase)
        and not _of_a_thing(folded, reading.phrase, said)
    ):
        return reading.phrase
    return next((phrase for talk in said if (phrase := _not_translated(folded, talk))), "")


def _not_translated(folded: str, talk: Talk) -> str:
    """The words by which a sentence says that something cannot be translated."""
    if found := talk.cannot.search(folded):
        return found[0]
    if talk.refuses is None or not talk.translate.search(folded):
        return ""
    for sentence in _SENTENCE.findall(folded):
        about = talk.translate.search(sentence)
        if about and (cannot := talk.refuses.cannot.search(sentence)):
            start, end = sorted((about.span(), cannot.span()))
            return str(sentence[start[0] : end[1]])
    return ""


def _of_a_thing(folded: str, phrase: str, said: tuple[Talk, ...]) -> bool:
    """Whether the phrase names nobody who cannot and does not stand at the beginning ("impossible to trace")."""
    impersonal = any(talk.refuses.impersonal.whole(phrase) for talk in said if talk.refuses)
    return impersonal and folded.find(phrase) > _BEGINNING


def _asked(folded: str, phrase: str) -> bool:
    """Whether the phrase stands in a question: who asks does not decline."""
    start = folded.find(phrase)
    end = next((sign for sign in folded[start + len(phrase) :] if sign in FOLDED_ENDS), "")
    return start >= 0 and end in FOLDED_QUESTIONS
