"""The language and the script of a text, against the tag that it stands under."""

from __future__ import annotations

import functools
import re

from ...judges.answer_language import CANDIDATES
from ...languages import LANGUAGES, UNDETERMINED, base_tag, identify, language, language_scripts, scripts, tellable
from ...languages.identifier import can_know
from ...languages.writing import script_of
from ..finding import Finding, quoted
from .kept import without_kept, without_quoted
from .own_words import own_language

_OF_MINORITY = 0.4  # penalty of a right text in the less usual of two languages under one tag
_LEAST = 6  # letters of another script
_FEW = 3  # words: fewer may be terms
_SHARE = 0.2  # of all letters, of a script of the source
_OF_THIRD = 0.04  # of all letters, of a script of neither
_WORTH = {"CJK": 4, "HIRAGANA": 3, "HANGUL": 3}  # letters of Latin script that a character says as much as
_WORD = re.compile(r"[^\W\d_]+")
_LATIN_WORD = re.compile("[A-Za-z\u00c0-\u024f][A-Za-z\u00c0-\u024f'’.-]*")
_FOREIGN_RUN = re.compile("[A-Za-z\u00c0-\u024f]+")


def language_found(source: str, text: str, source_language: str, tag: str) -> str:
    """The language that a text is in: its tag's, its source's or, where it is in neither, another; or undetermined.

    What a translation rightly keeps of its source (a phrase that is asked about, a title, a name) is not its language:
    where a text seems to be in another than its tag's, what it says of its own decides.
    """
    prose = _in_own_script(without_kept(text), tag)
    found = _identified(prose, source_language, tag)
    if found == UNDETERMINED or _same(found, tag):
        return found
    return own_language(source, prose, found, source_language, lambda own: _identified(own, source_language, tag))


def _identified(prose: str, source_language: str, tag: str) -> str:
    found = identify(prose, (tag, source_language))
    if found == tag and (members := members_apart(tag)):
        found = identify(prose, members)
        return found if found in members else tag
    for candidates in (_known(tag, source_language), _common(tag, source_language)):
        if found == UNDETERMINED:
            found = identify(prose, candidates)
    return found


def _in_own_script(prose: str, tag: str) -> str:
    """The text without its words in Latin script, where enough is left in one of the language's own.

    Chinese of few characters with a long foreign name in it is Chinese.
    """
    own = language_scripts(tag)
    if prose.isascii() or not own or "LATIN" in own:
        return prose
    unquoted = without_quoted(prose)
    prose = unquoted if scripts(unquoted).keys() & own else prose
    written = scripts(prose)
    foreign = written["LATIN"]
    if not foreign or sum(written[script] for script in own) * _WORTH.get(next(iter(own)), 1) < foreign / 2:
        return prose
    return _LATIN_WORD.sub(" ", prose)


def wrong_language(found: str, tag: str, mostly: str | None) -> Finding | None:
    """Whether what was found contradicts the tag, as far as the identifier can tell.

    Args:
        found: as :func:`language_found`.
        tag: of the cell.
        mostly: of a tag that stands for several languages, the one that most cells of the file are in.
    """
    if found == UNDETERMINED:
        return None
    if mostly is not None and found != mostly and found in members_apart(tag):
        return Finding("language", _OF_MINORITY, f"is {_name(found)} ({found}); most under {tag} are {_name(mostly)}")
    return None if _same(found, tag) else Finding("language", 1.0, f"is {_name(found)} ({found}), not {_name(tag)}")


def wrong_script(source: str, text: str, source_language: str, tag: str) -> Finding | None:
    """Whether a part of the text is in a script that the language is not written in and that was not to be kept.

    Names and abbreviations of the source, and words with a capital or without translation, may stay in its script.
    """
    own = language_scripts(tag)
    prose = without_kept(text)
    if not own or not (written := scripts(prose)) or not written.keys() - own:
        return None
    total = written.total()
    foreign = {script for script in written.keys() - own if written[script] >= 2}
    of_source = language_scripts(source_language) | scripts(source).keys() | {"LATIN"}
    third = sum(written[script] for script in foreign - of_source)
    if third >= 2 and third >= _OF_THIRD * total:
        return Finding("script", _penalty(third / total), f"{third} of {total} letters are of another script")
    left = [word for word in _words(without_quoted(prose), foreign) if not _may_stay(word)]
    letters = sum(map(len, left))
    if letters < _LEAST or letters < _SHARE * total or (len(left) < _FEW and letters < total / 2):
        return None
    return Finding(
        "script",
        _penalty(letters / total),
        f"{letters} of {total} letters are of another script: {quoted(' '.join(left))}",
    )


def _words(prose: str, foreign: set[str]) -> list[str]:
    """The words in a foreign script; of one that is joined to a word in another script, its part."""
    if foreign == {"LATIN"}:
        return _FOREIGN_RUN.findall(prose)
    return [word for word in _WORD.findall(prose) if script_of(word[0]) in foreign]


def _may_stay(word: str) -> bool:
    """Names and abbreviations."""
    return word[:1].isupper() or len(word) == 1


def _penalty(share: float) -> float:
    return round(min(1.0, 0.3 + share), 2)


@functools.lru_cache(maxsize=256)
def members_apart(tag: str) -> tuple[str, ...]:
    """The languages that a tag without a standard stands for (``ku``), where they can be told apart."""
    known = LANGUAGES.get(tag)
    members = known.members if known is not None and tag not in known.members else ()
    return members if members and not tellable(members).alike and tag == "ku" else ()


@functools.lru_cache(maxsize=256)
def _known(tag: str, source_language: str) -> tuple[str, ...]:
    """All languages that the identifier can know, the tag's and the source's first."""
    known = [one for one, entry in LANGUAGES.items() if can_know(entry) and (not entry.members or one in entry.members)]
    return tuple(dict.fromkeys((tag, source_language, *known)))


@functools.lru_cache(maxsize=256)
def _common(tag: str, source_language: str) -> tuple[str, ...]:
    """Fewer languages: one that is close to another may be told from the tag's, if not from that other."""
    return tuple(dict.fromkeys((tag, source_language, *CANDIDATES)))


@functools.lru_cache(maxsize=4096)
def _same(found: str, tag: str) -> bool:
    """Whether a text in one language may stand under a tag: the tag's, a member, or not told apart."""
    if base_tag(found) == base_tag(tag):
        return found == tag or tag == base_tag(tag) or found == base_tag(found)
    if (known := LANGUAGES.get(tag)) is not None and found in known.members:
        return True
    return bool(tellable((found, tag)).alike) and not {found, tag} <= {"ckb", "kmr"}


def _name(tag: str) -> str:
    return language(tag).name if base_tag(tag) else tag
