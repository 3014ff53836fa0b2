"""What language a text is in, among candidates, and which languages can be told from which."""

from __future__ import annotations

import copy
import functools
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from .han import chinese, may_be_japanese
from .registry import LANGUAGES, Language, base_tag, entry
from .tags import own
from .writing import main_script

UNDETERMINED = "undetermined"
MIN_CHARACTERS = 20  # below, a guess among languages of one script is not worth having
MIN_PROBABILITY = 0.5
FOREIGN = 0.1  # a language that is no candidate and ten times as likely as the best of them is the text's
_LOOKED_AT = 120  # characters: at the beginning, in the middle and at the end of longer texts
# What the identifier is asked about beside the candidates.
_ASKED = {
    "LATIN": "af az bs ca cs cy da de en es et eu fi fr ga gl ha hr ht hu id ig is it jv ku la lt lv mg ms mt nl no om "
    "pl pt qu ro rw sk sl sn so sq st sv sw tk tl tr uz vi xh yo zu",
    "CYRILLIC": "ba be bg kk ky mk mn ru sr tg tt uk",
    "ARABIC": "ar ary arz fa ps sdh ug ur",
    "DEVANAGARI": "gom hi mr ne sa",
    "BENGALI": "as bn",
    "HEBREW": "hbo he",
    "ETHIOPIC": "am",
    "MYANMAR": "my",
    "TIBETAN": "dz",
}
_LETTERS = 0.03  # of a text's characters, to be in the language that they are letters of
_PLAIN = "en"  # no text in a language that the identifier does not know was taken for it (benchmarks/language_id.py)


@functools.cache
def _identifier(labels: frozenset[str] = frozenset()) -> Any:
    """py3langid restricted to some of its labels; the model is loaded once and shared."""
    if not labels:
        from py3langid.langid import MODEL_FILE, LanguageIdentifier

        return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    restricted = copy.copy(_identifier())
    restricted.set_languages(labels & set(restricted.labels))
    restricted.nb_ptc = restricted.nb_ptc.copy(order="C")  # it is read by rows
    return restricted


@dataclass
class _Written:
    """The candidates written in one script.

    Attributes:
        labels: the identifier's labels -> the first candidate that each means.
        unknown: candidates that no label means, in a script that other languages have too.
    """

    labels: dict[str, str] = field(default_factory=dict)
    unknown: list[str] = field(default_factory=list)


@functools.lru_cache(maxsize=256)
def _by_script(candidates: tuple[str, ...]) -> dict[str, _Written]:
    """Script -> the candidates written in it."""
    found: dict[str, _Written] = {}
    entries = [(tag, known) for tag in candidates if (known := entry(tag)) is not None]
    for tag, known in entries:
        for script in known.script.split():
            written = found.setdefault(script, _Written())
            if script in _alone() or script == "CJK" or known.tag in own()["letters"]:  # its characters tell
                written.labels.setdefault(known.tag, tag)
            elif known.detector:
                for label in known.detector:
                    written.labels.setdefault(label, tag)
            elif base_tag(tag) not in map(base_tag, written.labels.values()):
                written.unknown.append(tag)
    for tag, known in entries:  # after what is meant by a label alone
        for script in known.script.split():
            for label in known.often_called:
                found[script].labels.setdefault(label, tag)
    return found


@functools.cache
def _alone() -> frozenset[str]:
    """Scripts of one language each."""
    writers: dict[str, int] = {}
    for known in LANGUAGES.values():
        for script in known.script.split():
            writers[script] = writers.get(script, 0) + 1
    return frozenset(script for script, count in writers.items() if count == 1)


def can_know(known: Language) -> bool:
    """Whether text in a language can be known for it: by a label of the identifier's, or by its script alone."""
    scripts = set(known.script.split())
    return bool(known.detector) or not scripts - {*_alone(), "CJK"} or known.tag in own()["letters"]


def identify(text: str, candidates: Iterable[str]) -> str:
    """The language of a text, among candidates.

    The script decides where only one candidate is written in it, however short the text; otherwise py3langid decides
    among the candidates of that script. A text that is far likelier in a language that is no candidate is in none.
    Where a candidate is one that py3langid does not know (:func:`tellable`), a text in its script may be in it: no
    other language is given then but English, and a script that is no other language's.

    Args:
        text: any text.
        candidates: tags it may be in; a tag with a region stands for its language (``pt-BR``), one with a script for
            the language in that script. Of several that mean one language (``ku`` and ``ckb``) the first is given.
            Unknown tags are left out.

    Returns:
        A tag of ``candidates``, or ``"undetermined"``: no letters, a script or language of none of them, languages of
        one script (or of Han characters) that fewer than 20 characters or a probability under 0.5 cannot tell apart.
    """
    return _identified(text, tuple(candidates))


@functools.lru_cache(maxsize=4096)  # models refuse in the same words again and again
def _identified(text: str, candidates: tuple[str, ...]) -> str:
    script = main_script(text) or ""
    written = _by_script(candidates).get(script)
    if written is None:
        return UNDETERMINED
    if script == "CJK":
        return _of_han(text, candidates)
    if (lettered := _by_letters(text, script)) is not None:
        return next((tag for tag in candidates if base_tag(tag) == lettered), UNDETERMINED)
    labels = written.labels
    only = next(iter(labels.values())) if len(set(labels.values())) == 1 and not written.unknown else UNDETERMINED
    if not labels or script in _alone() or len(text.strip()) < MIN_CHARACTERS:
        return only
    likely = dict(_identifier(frozenset([*labels, *_ASKED.get(script, "").split()])).rank(_sample(text)))
    known: dict[str, float] = {}  # probabilities of tags: several labels may mean one
    for label, tag in labels.items():
        known[tag] = known.get(tag, 0.0) + likely.pop(label, 0.0)
    best, probability = max(known.items(), key=lambda item: item[1])
    if probability < FOREIGN * max(likely.values(), default=0.0):
        return UNDETERMINED
    if written.unknown and base_tag(best) != _PLAIN:
        return UNDETERMINED
    return best if probability >= MIN_PROBABILITY * sum(known.values()) else UNDETERMINED


@functools.cache
def _letters(script: str) -> tuple[tuple[str, frozenset[str]], ...]:
    """The languages of a script that are known by letters of their own."""
    return tuple(
        (tag, frozenset(letters)) for tag, letters in own()["letters"].items() if LANGUAGES[tag].script == script
    )


def _by_letters(text: str, script: str) -> str | None:
    """The language that a text's letters show, or None."""
    for tag, letters in _letters(script):
        if letters.intersection(text) and sum(one in letters for one in text) >= _LETTERS * len(text):
            return tag
    return None


def _of_han(text: str, candidates: tuple[str, ...]) -> str:
    """Of a text in Han characters without kana: Chinese or Cantonese, and Japanese if it is long enough to tell."""
    found = chinese(text, candidates)
    japanese = next((tag for tag in candidates if base_tag(tag) == "ja"), None)
    if found is None or japanese is None or not may_be_japanese(text):
        return found or UNDETERMINED
    if len(text.strip()) < MIN_CHARACTERS:
        return UNDETERMINED
    likely = dict(_identifier(frozenset(["zh", "ja"])).rank(_sample(text)))
    return found if likely["zh"] >= likely["ja"] else japanese


def _sample(text: str) -> str:
    """The text, or three parts of a long one."""
    if len(text) <= _LOOKED_AT:
        return text
    part, middle = _LOOKED_AT // 3, len(text) // 2
    return f"{text[:part]} {text[middle : middle + part]} {text[-part:]}"
