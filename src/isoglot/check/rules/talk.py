"""How translators talk about a translation, by language: ``translating.yaml``, beside the phrases of the judges."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass

from ...judges.offline.phrase import Borders, Phrases
from ...judges.offline.wording import Wording, wording
from ...languages import LANGUAGES, base_tag
from ...packaged import packaged_yaml

_WITH_BORDERS = frozenset(["LATIN", "CYRILLIC", "GREEK"])  # elsewhere particles are joined to words


@dataclass(frozen=True)
class Talk:
    """What a translator says in one language.

    Attributes:
        translate: to translate, a translation.
        cannot: says alone that nothing is translated.
        sure: opens an answer.
        note: heads a remark.
        refuses: the judges' phrases of the language, or None.
    """

    translate: Phrases
    cannot: Phrases
    sure: Phrases
    note: Phrases
    refuses: Wording | None


@functools.lru_cache(maxsize=256)
def talks(language: str, source_language: str) -> tuple[Talk, ...]:
    """What translators say in a language, the pivot's and English."""
    bases = dict.fromkeys(base for tag in (language, source_language, "en") if (base := base_tag(tag)))
    ours = [one for base in bases for one in (("ckb", "kmr") if base == "ku" else (base,))]
    return tuple(said for one in ours if (said := _talk(one)))


@functools.cache
def _talk(base: str) -> Talk | None:
    said, refuses = _file().get(base, {}), wording(base)
    if not said and refuses is None:
        return None
    borders = Borders.WORDS if set(LANGUAGES[base].script.split()[:1]) <= _WITH_BORDERS else Borders.NONE
    kinds = {kind: Phrases(said.get(kind, []), borders=borders) for kind in ("translate", "cannot", "sure", "note")}
    return Talk(**kinds, refuses=refuses)


@functools.cache
def _file() -> Mapping[str, Mapping[str, list[str]]]:
    found: Mapping[str, Mapping[str, list[str]]] = packaged_yaml(__package__, "translating.yaml")
    return found
