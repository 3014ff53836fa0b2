"""What is usual for two languages: how long translations are, how they end, which words go together."""

from __future__ import annotations

import functools
import math
import re
import zlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from statistics import median
from typing import Any, NamedTuple

from ...languages import base_tag, language
from ...packaged import packaged_yaml
from ..rules.kept import without_kept
from ..rules.language import language_found, members_apart
from ..rules.sentences import ended, sentences
from . import associations, belonging
from .belonging import Belonging

_CONSTANT = 10.0  # characters that are added to both, so that short texts may vary more
_DENSE = -0.4  # centre below which a character says as much as several Latin ones
_LATIN = re.compile("[A-Za-z]+")
_ENOUGH = 50  # cells of a pair, from which a file says itself what is usual
_SAMPLE = 3000  # cells of a pair that are learned from
_IDENTIFIED = 300  # of them, to see which of several languages a tag stands for
_MOST = 2000  # characters of each that are kept for it


class Usual(NamedTuple):
    """What is usual of a pair of languages.

    Attributes:
        centre: median of the natural logarithm of characters of the text over those of the source.
        spread: robust standard deviation (1.4826 times the median distance) of :meth:`Norms.off` of good translations.
        ends: share of texts that end with a mark where the source does.
        sentences: share of texts that have as many sentences as a source of several.
    """

    centre: float
    spread: float
    ends: float = 0.98
    sentences: float = 0.97


class Norms:
    """What is usual of translations by pair of languages: built in, and as a file itself shows.

    Args:
        usual: (source language, language) -> what is usual; a pair that is not there has the built-in values.
        belonging: (source language, language) -> which words go together; a text of another prompt is found where it
            is known.
        mostly: (source language, language) -> of a tag that stands for several languages (``ku``), the one that most
            texts are in.

    Example:
        >>> round(Norms().of("en", "zh").centre, 1)
        -1.2
    """

    def __init__(
        self,
        usual: Mapping[tuple[str, str], Usual] | None = None,
        belonging: Mapping[tuple[str, str], Belonging] | None = None,
        mostly: Mapping[tuple[str, str], str] | None = None,
    ) -> None:
        self.usual = dict(usual or {})
        self.belonging = dict(belonging or {})
        self.mostly = dict(mostly or {})

    def of(self, source_language: str, language: str) -> Usual:
        """What is usual for a pair of languages."""
        found = self.usual.get((source_language, language))
        return _built_in(source_language, language) if found is None else found

    def off(self, source: str, text: str, source_language: str, language: str) -> float:
        """By how much a text is longer than usual: natural logarithm of its length over the expected one."""
        usual = self.of(source_language, language)
        return _off(characters(source), characters(text, usual.centre), usual.centre)

    @classmethod
    def learn(cls, cells: Iterable[tuple[str, str, str, str]]) -> Norms:
        """What a file shows, from its cells in one pass.

        Memory does not grow with the file: of each pair of languages 3,000 cells are looked at, those whose sources
        have the lowest hashes, in whatever order they come. From 50 cells of a pair it is learned how long texts are
        and how they end, from 100 which words go together.

        Args:
            cells: (source, text, source language, language) of each.
        """
        found = cls()
        for (source_language, tag), pairs in _sampled(cells).items():
            pair = source_language, tag
            if len(pairs) >= _ENOUGH:
                found.usual[pair] = _usual(pairs)
                if (most := _mostly(tag, source_language, pairs[:_IDENTIFIED])) is not None:
                    found.mostly[pair] = most
            if len(pairs) >= associations.LEAST and (learned := _belonging(pairs, found.usual[pair])) is not None:
                found.belonging[pair] = learned
        return found

    def to_record(self) -> dict[str, Any]:
        """As JSON, for :meth:`from_record`."""
        return {
            "usual": [[*pair, *usual] for pair, usual in self.usual.items()],
            "mostly": [[*pair, most] for pair, most in self.mostly.items()],
            "belonging": [[*pair, learned.to_record()] for pair, learned in self.belonging.items()],
        }

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Norms:
        """What :meth:`to_record` gave."""
        return cls(
            {(one, other): Usual(*usual) for one, other, *usual in record["usual"]},
            {(one, other): Belonging.from_record(learned) for one, other, learned in record["belonging"]},
            {(one, other): most for one, other, most in record["mostly"]},
        )


def _sampled(cells: Iterable[tuple[str, str, str, str]]) -> dict[tuple[str, str], list[tuple[str, str]]]:
    """Source and text of cells of each pair of languages, those of the lowest hashes."""
    seen: dict[tuple[str, str], list[tuple[int, str, str]]] = {}
    for source, text, source_language, tag in cells:
        kept = seen.setdefault((source_language, tag), [])
        number = zlib.crc32(source.encode(errors="surrogatepass"))
        kept.append((number, source[:_MOST].strip(), text[:_MOST].strip()))
        if len(kept) >= 2 * _SAMPLE:
            kept.sort()
            del kept[_SAMPLE:]
    return {
        pair: [(source, text) for _, source, text in sorted(kept)[:_SAMPLE] if source and text]
        for pair, kept in seen.items()
    }


def _mostly(tag: str, source_language: str, pairs: Sequence[tuple[str, str]]) -> str | None:
    """Of a tag that stands for several languages, the one that most texts are in."""
    if not (members := members_apart(tag)):
        return None
    found = Counter(language_found(source, text, source_language, tag) for source, text in pairs)
    most = max(members, key=lambda one: found[one])
    return most if 2 * found[most] > found.total() else None


def characters(text: str, centre: float = 0.0) -> float:
    """How long a text is, without what is kept letter for letter.

    Args:
        text: any.
        centre: of its language; where a character says much, one in Latin script counts for the part that it says.
    """
    prose = without_kept(text).strip()
    size = float(len(prose))
    if centre < _DENSE and not prose.isascii():
        size -= (1 - math.exp(centre)) * sum(map(len, _LATIN.findall(prose)))
    return max(1.0, size)


def _off(source: float, text: float, centre: float) -> float:
    return math.log((text * math.exp(-centre) + _CONSTANT) / (source + _CONSTANT))


def _usual(pairs: Sequence[tuple[str, str]]) -> Usual:
    rough = median(math.log(characters(text) / characters(source)) for source, text in pairs)
    sizes = [(characters(source), characters(text, rough)) for source, text in pairs]
    centre = median(math.log(text / source) for source, text in sizes)
    distances = [abs(_off(source, text, centre)) for source, text in sizes]
    ends = [ended(text) for source, text in pairs if ended(source)]
    counts = [sentences(text) >= sentences(source) for source, text in pairs if sentences(source) > 1]
    spread = max(0.06, 1.4826 * median(distances))
    return Usual(centre, spread, _share(ends, Usual(0, 0).ends), _share(counts, Usual(0, 0).sentences))


def _share(seen: Sequence[bool], before: float) -> float:
    """The share of what was seen, beside what was believed before, which counts as ten cells."""
    return min(0.995, (sum(seen) + 10 * before) / (len(seen) + 10))


def _belonging(pairs: Sequence[tuple[str, str]], usual: Usual) -> Belonging | None:
    sizes = [(characters(source), characters(text, usual.centre)) for source, text in pairs]

    def off(source: int, text: int) -> float:
        return _off(sizes[source][0], sizes[text][1], usual.centre)

    return belonging.learn(pairs, off, usual.spread)


@functools.cache
def _table() -> Mapping[str, Any]:
    found: Mapping[str, Any] = packaged_yaml(__package__, "lengths.yaml")
    return found


@functools.lru_cache(maxsize=1024)
def _built_in(source_language: str, tag: str) -> Usual:
    one, other = _from_english(source_language), _from_english(tag)
    spread = math.hypot(one.spread, other.spread)
    return Usual(other.centre - one.centre, spread, other.ends, other.sentences)


def _from_english(tag: str) -> Usual:
    base = base_tag(tag)
    if base == "en":
        return Usual(0.0, 0.0)
    if base in _table()["languages"]:
        return Usual(*_table()["languages"][base])
    script = language(tag).scripts[0] if base else ""
    return Usual(*_table()["scripts"].get(script, _table()["other"]))
