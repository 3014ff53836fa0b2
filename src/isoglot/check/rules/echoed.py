"""Texts that are their source again, or hold a part of it."""

from __future__ import annotations

import functools
import re

from ...groups.compared import normal
from ...groups.near import NEAR, alike
from ...languages import base_tag, tellable
from ..finding import Finding, quoted
from .kept import without_kept, without_quoted

_MOST = 4000  # characters that are compared
_RUN = 5  # words in a row that no two languages share by chance
_WORD = re.compile(r"[^\W\d_]+")
_NAME = re.compile(r"[A-Z]")
_TOO_FEW = 3  # translatable words: of fewer the text may be a name


def echo(source: str, text: str, source_language: str, language: str) -> Finding | None:
    """Whether the text is the source, nearly the source, or holds it.

    Between two languages that are hard to tell apart (Serbian and Croatian), or two ways to write one, a text may
    rightly be its source; and so may a source without words to translate: a name, an address, code.
    """
    words = _translatable(source)
    if len(words) < _TOO_FEW or _near_languages(source_language, language):
        return None
    one, other = _normal(source), normal(text[:_MOST])
    if one == other:
        return Finding("echo", 1.0, "is the source")
    said, there = set(one.split()), set(other.split())
    if 2 * len(said & there) < min(len(said), len(there)):  # most texts: it takes long to compare them
        return None if len(said & there) < _RUN else _in_part(words, text)
    if _near(source, text, one, other):
        return Finding("echo", 0.9, "is nearly the source")
    if len(one) >= 20 and one in other:
        return Finding("echo", 0.6, "holds the source")
    return _in_part(words, text)


def _near(source: str, text: str, one: str, other: str) -> bool:
    """Whether a text is nearly its source; of a source that quotes only the rest was to be translated."""
    if (unquoted := _unquoted(source)) is None:
        return alike(one, other) >= NEAR
    if len(_translatable(unquoted)) < _TOO_FEW:
        return False
    return alike(_normal(unquoted), normal(without_quoted(text[:_MOST]))) >= NEAR


def _in_part(words: tuple[str, ...], text: str) -> Finding | None:
    """Whether words of the source stand in the text, several in a row."""
    if len(words) < _RUN:
        return None
    there = _WORD.findall(without_quoted(text[:_MOST]))
    runs = {tuple(there[place : place + _RUN]) for place in range(len(there) - _RUN + 1)}
    common = [run for place in range(len(words) - _RUN + 1) if (run := words[place : place + _RUN]) in runs]
    common = [run for run in common if sum(map(str.islower, run)) > _RUN // 2]  # no title, no names
    if not common:
        return None
    share = (len(common) + _RUN - 1) / len(words)
    return Finding("echo", min(0.9, 0.3 + share), f"part of the source is left: {quoted(' '.join(common[0]))}")


@functools.lru_cache(maxsize=64)  # one source has several texts
def _normal(source: str) -> str:
    return normal(source[:_MOST])


@functools.lru_cache(maxsize=64)
def _unquoted(source: str) -> str | None:
    """A source without what stands in quotation marks; None where nothing does, or nothing else is left."""
    found = without_quoted(source[:_MOST])
    return None if found == source[:_MOST] or not _WORD.search(found) else found


@functools.lru_cache(maxsize=64)
def _translatable(source: str) -> tuple[str, ...]:
    """The words of a source that is not names, numbers, addresses and code only."""
    words = _WORD.findall(without_kept(source[:_MOST]))
    plain = sum(not _NAME.match(word) for word in words[1:])
    return tuple(words) if plain or not any(map(_NAME.match, words)) else ()


@functools.lru_cache(maxsize=1024)
def _near_languages(one: str, other: str) -> bool:
    return base_tag(one) == base_tag(other) or bool(tellable((one, other)).alike)
