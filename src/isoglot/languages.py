"""The one registry of languages: tags, names, scripts, and what language a text is in."""

from __future__ import annotations

import copy
import functools
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from .errors import ConfigError, did_you_mean, problem

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
}
_ALONE = {"CJK", "HANGUL", "HIRAGANA", "THAI", "TAMIL", "TELUGU"}  # of one language each


@dataclass(frozen=True)
class Language:
    """One language.

    Attributes:
        tag: BCP-47 tag, as used in files and options.
        name: English name.
        script: its script as Unicode's character names begin ("ARABIC"); two, with a space between, if it has two.
        rtl: whether it is written from right to left.
        detector: the identifier's labels that mean this language.
    """

    tag: str
    name: str
    script: str
    rtl: bool = False
    detector: tuple[str, ...] = ()


def _of(script: str, names: str, *, rtl: bool = False) -> list[Language]:
    return [Language(tag, name, script, rtl) for tag, name in (item.split(":") for item in names.split())]


_LANGUAGES = [
    *_of("LATIN", "de:German en:English es:Spanish fr:French id:Indonesian it:Italian jv:Javanese nl:Dutch pl:Polish"),
    *_of("LATIN", "pt:Portuguese sw:Swahili tl:Tagalog tr:Turkish vi:Vietnamese yo:Yoruba ha:Hausa"),
    *_of("CYRILLIC", "ru:Russian uk:Ukrainian"),
    *_of("ARABIC", "ar:Arabic fa:Persian ps:Pashto ur:Urdu", rtl=True),
    *_of("HEBREW", "he:Hebrew", rtl=True),
    *_of("BENGALI", "bn:Bengali"),
    *_of("DEVANAGARI", "hi:Hindi mr:Marathi"),
    *_of("TAMIL", "ta:Tamil"),
    *_of("TELUGU", "te:Telugu"),
    *_of("THAI", "th:Thai"),
    *_of("HANGUL", "ko:Korean"),
    # Written in both scripts; the identifier says Croatian and Bosnian of much of it in Latin letters.
    Language("sr", "Serbian", "CYRILLIC LATIN", detector=("sr", "hr", "bs")),
    Language("zh", "Chinese", "CJK"),
    Language("ja", "Japanese", "HIRAGANA"),
    # The identifier says Southern Kurdish for Sorani text, and plain Kurdish for Kurmanji.
    Language("ckb", "Central Kurdish (Sorani)", "ARABIC", rtl=True, detector=("ckb", "sdh")),
    Language("kmr", "Northern Kurdish (Kurmanji)", "LATIN", detector=("kmr", "ku")),
    Language("ku", "Kurdish (either)", "ARABIC LATIN", rtl=True, detector=("ckb", "sdh", "kmr", "ku")),
]
LANGUAGES: dict[str, Language] = {language.tag: language for language in _LANGUAGES}
_TAG = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*")


@functools.lru_cache(maxsize=1024)
def is_tag(text: str) -> bool:
    """Whether the text has the form of a BCP-47 tag (two or three letters, then subtags)."""
    return bool(_TAG.fullmatch(text))


def canonical_tag(text: str) -> str:
    """A tag as BCP-47 writes it, of one with hyphens or underscores; what has not the form of one is given back.

    Example:
        >>> canonical_tag("EN"), canonical_tag("zh-hant-tw"), canonical_tag("pt_br")
        ('en', 'zh-Hant-TW', 'pt-BR')
    """
    tag = text.replace("_", "-")
    if not is_tag(tag):
        return text
    first, *rest = tag.split("-")
    cases = {2: str.upper, 4: str.title}
    return "-".join([first.lower(), *(cases.get(len(part), str)(part) for part in rest)])


def language(tag: str) -> Language:
    """The registry's entry of a tag (of its primary subtag if the whole is not there).

    Raises:
        ConfigError: for a tag that is not in the registry.
    """
    if (found := _entry(tag)) is None:
        raise ConfigError(problem("language", "a known BCP-47 tag", repr(tag), did_you_mean(tag, LANGUAGES)))
    return found


def language_scripts(tag: str) -> frozenset[str]:
    """The scripts that a language is written in, as :func:`scripts` names them; none for unknown tags.

    Example:
        >>> sorted(language_scripts("ja")), sorted(language_scripts("pt-BR"))
        (['CJK', 'HIRAGANA'], ['LATIN'])
    """
    found = _entry(tag)
    written = found.script.split() if found else []
    return frozenset([*written, "CJK"] if "HIRAGANA" in written else written)


def is_rtl(tag: str) -> bool:
    """Whether text in this language runs from right to left; False for unknown tags."""
    found = _entry(tag)
    return found is not None and found.rtl


def base_tag(tag: str) -> str | None:
    """The registry's tag for a tag: ``pt`` for ``pt-BR`` or ``PT``; None for a language it does not have."""
    return next((t for t in (tag, tag.partition("-")[0].lower()) if t in LANGUAGES), None)


def _entry(tag: str) -> Language | None:
    return LANGUAGES.get(base_tag(tag) or "")


@functools.lru_cache(maxsize=8192)
def _script_of(character: str) -> str:
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
            script = _script_of(character)
            found[script] = found.get(script, 0) + times
    return found


def main_script(text: str) -> str | None:
    """The script of most of the text's letters; any kana among CJK makes it Japanese. None without letters."""
    counts = scripts(text)
    if counts["CJK"] and counts["HIRAGANA"] * 10 >= counts["CJK"]:
        counts["HIRAGANA"] += counts.pop("CJK")
    return counts.most_common(1)[0][0] if counts else None


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


@functools.lru_cache(maxsize=256)
def _by_script(candidates: tuple[str, ...]) -> dict[str, dict[str, str]]:
    """Script -> the identifier's labels -> the first candidate that each means."""
    found: dict[str, dict[str, str]] = {}
    for tag in candidates:
        if (entry := _entry(tag)) is None:
            continue
        for script in entry.script.split():
            for label in entry.detector or (entry.tag,):
                found.setdefault(script, {}).setdefault(label, tag)
    return found


def identify(text: str, candidates: Iterable[str]) -> str:
    """The language of a text, among candidates.

    The script decides where only one candidate is written in it, however short the text; otherwise py3langid decides
    among the candidates of that script. A text that is far likelier in a language that is no candidate is in none.

    Args:
        text: any text.
        candidates: tags it may be in; a tag with region or script stands for its language (``pt-BR``). Of several that
            mean one language (``ku`` and ``ckb``) the first is given. Unknown tags are left out.

    Returns:
        A tag of ``candidates``, or ``"undetermined"``: no letters, a script or language of none of them, languages of
        one script (or of Han characters) that fewer than 20 characters or a probability under 0.5 cannot tell apart.
    """
    return _identified(text, tuple(candidates))


@functools.lru_cache(maxsize=4096)  # models refuse in the same words again and again
def _identified(text: str, candidates: tuple[str, ...]) -> str:
    script = main_script(text) or ""
    labels = _by_script(candidates).get(script, {})
    japanese = [tag for tag in candidates if base_tag(tag) == "ja"] if script == "CJK" and labels else []
    if japanese and _may_be_japanese(text):
        labels = labels | {"ja": japanese[0]}
    only = next(iter(labels.values())) if len(set(labels.values())) == 1 else UNDETERMINED
    if not labels or (only != UNDETERMINED and script in _ALONE) or len(text.strip()) < MIN_CHARACTERS:
        return only
    likely = dict(_identifier(frozenset([*labels, *_ASKED.get(script, "").split()])).rank(_sample(text)))
    known: dict[str, float] = {}  # probabilities of tags: several labels may mean one
    for label, tag in labels.items():
        known[tag] = known.get(tag, 0.0) + likely.pop(label, 0.0)
    best, probability = max(known.items(), key=lambda item: item[1])
    if probability < FOREIGN * max(likely.values(), default=0.0):
        return UNDETERMINED
    return best if probability >= MIN_PROBABILITY * sum(known.values()) else UNDETERMINED


def _may_be_japanese(text: str) -> bool:
    """Whether a text without kana has only characters of Japan's standard, none of them rare there."""
    characters = "".join(character for character in text if _script_of(character) == "CJK")
    known = characters.encode("shift_jis", "ignore")
    return len(known) == 2 * len(characters) and not set("很没沒个們這") & set(characters)


def _sample(text: str) -> str:
    """The text, or three parts of a long one."""
    if len(text) <= _LOOKED_AT:
        return text
    part, middle = _LOOKED_AT // 3, len(text) // 2
    return f"{text[:part]} {text[middle : middle + part]} {text[-part:]}"
