"""Texts in which a translator answers, or talks about its translation."""

from __future__ import annotations

import functools
import re

from ...judges.offline.spelling import fold
from ...languages import base_tag, language
from ...languages.punctuation import QUESTIONS
from ..finding import Finding, quoted
from .markup import structure
from .sentences import ended, sentences
from .talk import Talk, talks

_OPENING = 60  # characters in which a label ends or an opener stands
_LABEL = re.compile(r"\W*(\w[^:：\n]{0,50}?)\W*[:：]")
_REMARK = re.compile(r"[\n(\[（【*][ \t]{0,9}(\w[^:：\n]{0,40}?)\s*[:：]")
_STOPS = ",.!:;،、。।"
_MAY_OPEN = re.compile(f"\\W*[^{_STOPS}!！，\n]{{1,30}}[{_STOPS}!！，]|[^\n]{{1,{2 * _OPENING}}}[:：]")
_LEADS = re.compile(f"[{_STOPS}]|[^.!?。।\n]{{0,80}}[:：]\\s")
_QUESTION = re.compile(f"[{QUESTIONS}]")
_MORE = 2  # sentences than the source has
_MOST_LIST = 2  # list items and headings more than the source has


def answer(source: str, text: str, source_language: str, tag: str) -> Finding | None:
    """Whether the text has an opener, a label, a remark or a list that its source has not."""
    said = talks(tag, source_language)
    label = _label(text, tag, said)
    if label and text.count(":") + text.count("：") > source.count(":"):
        return Finding("answer", 0.4, f"has a label: {quoted(label)}")
    if (opener := _opener(text, said)) and not _opener(source, said):
        return Finding("answer", 0.6, f"opens as an answer: {quoted(opener)}")
    if (remark := _remark(text, said)) and not _remark(source, said):
        return Finding("answer", 0.4, f"has a remark: {quoted(remark)}")
    if (more := structure(text) - structure(source)) >= _MOST_LIST:
        return Finding("answer", 0.7, f"has {more} list items or headings that the source has not")
    if _only_states(source, text):
        return Finding(
            "answer", 0.6, f"asks nothing in {sentences(text)} sentences, the source does in {sentences(source)}"
        )
    return None


def _only_states(source: str, text: str) -> bool:
    """Whether the source asks and the text makes more statements instead."""
    asks = source.rstrip().endswith(("?", '?"', "؟", "？"))
    return asks and sentences(text) >= sentences(source) + _MORE and not _QUESTION.search(text) and ended(text)


def _opener(text: str, said: tuple[Talk, ...]) -> str:
    """The words that open an answer: before a comma or the like, or in a sentence that leads to a colon."""
    if not _MAY_OPEN.match(text):
        return ""
    start = fold(text[: 2 * _OPENING]).lstrip(" '\"-([¡¿")
    for talk in said:
        helps = talk.refuses.helps.search(start) if talk.refuses else None
        for found in (helps, talk.sure.search(start)):
            if found and found.start() == 0 and (found[0][-1] in _STOPS or _LEADS.match(start[found.end() :])):
                return found[0]
    return ""


def _label(text: str, tag: str, said: tuple[Talk, ...]) -> str:
    """The label before a text, if it names a translation or the language and little else."""
    if not (found := _LABEL.match(text[: 2 * _OPENING])):
        return ""
    label = fold(found[1])
    if any(label == name for name in _names(tag)):
        return found[1]
    named = [found_ for talk in said if (found_ := talk.translate.search(label))]
    return found[1] if any(2 * len(one[0]) >= len(label) for one in named) else ""


def _remark(text: str, said: tuple[Talk, ...]) -> str:
    """A remark on the translation, by its heading."""
    for found in _REMARK.finditer(text):
        heading = fold(found[1])
        if any((note := talk.note.search(heading)) and note.start() == 0 for talk in said):
            return found[0].strip()
    return ""


@functools.lru_cache(maxsize=256)
def _names(tag: str) -> tuple[str, ...]:
    """The language's own names, folded."""
    if base_tag(tag) is None:
        return ()
    known = language(tag)
    return tuple(fold(name) for name in (known.name, known.autonym, known.tag) if name)
