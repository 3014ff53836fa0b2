"""The scripts of a text, and what a script says of its languages."""

from __future__ import annotations

import functools
import re
import unicodedata
from collections import Counter

# ISO 15924 -> how Unicode's names of the script's letters begin.
LETTERS = {
    "Latn": "LATIN", "Cyrl": "CYRILLIC", "Arab": "ARABIC", "Deva": "DEVANAGARI", "Beng": "BENGALI", "Hebr": "HEBREW",
    "Hans": "CJK", "Hant": "CJK", "Jpan": "HIRAGANA", "Hang": "HANGUL", "Kore": "HANGUL", "Thai": "THAI",
    "Taml": "TAMIL", "Telu": "TELUGU", "Knda": "KANNADA", "Mlym": "MALAYALAM", "Gujr": "GUJARATI", "Guru": "GURMUKHI",
    "Orya": "ORIYA", "Sinh": "SINHALA", "Mymr": "MYANMAR", "Khmr": "KHMER", "Laoo": "LAO", "Tibt": "TIBETAN",
    "Ethi": "ETHIOPIC", "Geor": "GEORGIAN", "Armn": "ARMENIAN", "Grek": "GREEK", "Olck": "OL", "Tfng": "TIFINAGH",
}  # fmt: skip
RIGHT_TO_LEFT = frozenset(["Arab", "Hebr"])
WITHOUT_SPACES = frozenset(["Hans", "Hant", "Jpan", "Thai", "Laoo", "Khmr", "Mymr", "Tibt"])


@functools.lru_cache(maxsize=8192)
def script_of(character: str) -> str:
    """The script of a letter, as its Unicode name begins; katakana counts as Japanese's."""
    name = unicodedata.name(character, "").removeprefix("HALFWIDTH ").removeprefix("FULLWIDTH ")
    script = re.split("[ -]", name, maxsplit=1)[0]
    return "HIRAGANA" if script == "KATAKANA" else script


def scripts(text: str) -> Counter[str]:
    """How many letters of each script the text has; katakana counts as Japanese's, marks and digits not at all."""
    return Counter(_scripts(text))


@functools.lru_cache(maxsize=16)  # one text is asked about several times in a row
def _scripts(text: str) -> dict[str, int]:
    if text.isascii():
        letters = sum(map(str.isalpha, text))
        return {"LATIN": letters} if letters else {}
    found: dict[str, int] = {}
    for character, times in Counter(text).items():  # a text has few different ones
        if character.isalpha() and character != "ー":
            script = script_of(character)
            found[script] = found.get(script, 0) + times
    return found


def main_script(text: str) -> str | None:
    """The script of most of the text's letters; any kana among CJK makes it Japanese. None without letters."""
    counts = scripts(text)
    if counts["CJK"] and counts["HIRAGANA"] * 10 >= counts["CJK"]:
        counts["HIRAGANA"] += counts.pop("CJK")
    return counts.most_common(1)[0][0] if counts else None
