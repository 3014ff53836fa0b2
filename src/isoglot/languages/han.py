"""Texts in Han characters: Chinese in two kinds of characters, Cantonese, Japanese without kana."""

from __future__ import annotations

from collections.abc import Sequence

from .registry import base_tag, entry
from .writing import script_of

# Written Cantonese has these and written Chinese hardly ever.
_CANTONESE = frozenset("嘅咗喺唔佢哋冇啲嚟嗰咁嘢咩啱嗱噉俾攞瞓靚嬲冧掟揸嘥氹诶喎囉嘞㗎啩")
_CANTONESE_SHARE = 0.04  # of the characters; a quoted word has less
_TOO_FEW = 20  # characters, to show that a text without them is not Cantonese
_NOT_JAPANESE = frozenset("很没沒个們這")


def traditional(text: str) -> bool | None:
    """Whether a Chinese text is in traditional characters; None where its characters are in use in both.

    Those of the mainland's standard of 1980 and not of Taiwan's are simplified, and the other way round.

    Example:
        >>> traditional("这个面包"), traditional("這個麵包"), traditional("面包")
        (False, True, None)
    """
    simplified, complex_ = _coded(text, "gb2312"), _coded(text, "big5")
    lead = len(complex_ - simplified) - len(simplified - complex_)
    return None if lead == 0 else lead > 0


def _coded(text: str, encoding: str) -> set[str]:
    """The Han characters of a text that an encoding has."""
    characters = "".join(one for one in set(text) if script_of(one) == "CJK")
    return set(characters.encode(encoding, "ignore").decode(encoding))


def chinese(text: str, candidates: Sequence[str]) -> str | None:
    """Which of the candidates in Han characters a text is in, or None.

    Args:
        text: mostly Han characters, without kana.
        candidates: tags; ``zh`` is Chinese in either kind of characters, ``zh-Hant`` in traditional ones only.
    """
    cantonese = [tag for tag in candidates if base_tag(tag) == "yue"]
    written = {tag: found.scripts for tag in candidates if base_tag(tag) == "zh" and (found := entry(tag))}
    if not cantonese and all(len(scripts) > 1 for scripts in written.values()):
        return next(iter(written), None)
    characters = [one for one in text if script_of(one) == "CJK"]
    if cantonese and sum(one in _CANTONESE for one in characters) >= _CANTONESE_SHARE * len(characters):
        return cantonese[0]
    kind = traditional(text)
    wanted = {None: {"Hant", "Hans"}, True: {"Hant"}, False: {"Hans"}}[kind]
    possible = [tag for tag, scripts in written.items() if wanted & set(scripts)]
    if kind is not None:  # one that says the kind before one that does not
        possible.sort(key=lambda tag: len(written[tag]))
    if not possible and kind is not False and len(characters) < _TOO_FEW:
        return next(iter(cantonese), None)
    return next(iter(possible), None)


def may_be_japanese(text: str) -> bool:
    """Whether a text without kana has only characters of Japan's standard, none of them rare there."""
    characters = "".join(character for character in text if script_of(character) == "CJK")
    known = characters.encode("shift_jis", "ignore")
    return len(known) == 2 * len(characters) and not _NOT_JAPANESE & set(characters)
