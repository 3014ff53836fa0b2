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
    *_of("CYRILLIC", "ru:Russian uk:Ukrainian sr:Serbian"),
    *_of("ARABIC", "ar:Arabic fa:Persian ps:Pashto ur:Urdu", rtl=True),
    *_of("HEBREW", "he:Hebrew", rtl=True),
    *_of("BENGALI", "bn:Bengali"),
    *_of("DEVANAGARI", "hi:Hindi mr:Marathi"),
    *_of("TAMIL", "ta:Tamil"),
    *_of("TELUGU", "te:Telugu"),
    *_of("THAI", "th:Thai"),
    *_of("HANGUL", "ko:Korean"),
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
    found = _entry(tag)
    if found is None:
        raise ConfigError(problem("language", "a known BCP-47 tag", repr(tag), did_you_mean(tag, LANGUAGES)))
    return found


def is_rtl(tag: str) -> bool:
    """Whether text in this language runs from right to left; False for unknown tags."""
    found = _entry(tag)
    return found is not None and found.rtl


def base_tag(tag: str) -> str | None:
    """The registry's tag for a tag: ``pt`` for ``pt-BR`` or ``PT``; None for a language it does not have."""
    return next((t for t in (tag, tag.partition("-")[0].lower()) if t in LANGUAGES), None)


def _entry(tag: str) -> Language | None:
    found = base_tag(tag)
    return None if found is None else LANGUAGES[found]


@functools.lru_cache(maxsize=8192)
def _script_of(character: str) -> str:
    name = unicodedata.name(character, "").removeprefix("HALFWIDTH ").removeprefix("FULLWIDTH ")
    script = re.split("[ -]", name, maxsplit=1)[0]
    return "HIRAGANA" if script == "KATAKANA" else script


def scripts(text: str) -> Counter[str]:
    """How many letters of each script the text has; katakana counts as Japanese's, marks and digits not at all."""
    found: Counter[str] = Counter()
    for character, times in Counter(text).items():  # a text has few different ones
        if character.isalpha() and character != "ー":
            found[_script_of(character)] += times
    return found


def main_script(text: str) -> str | None:
    """The script of most of the text's letters; any kana among CJK makes it Japanese. None without letters."""
    counts = scripts(text)
    if counts["CJK"] and counts["HIRAGANA"] * 10 >= counts["CJK"]:
        counts["HIRAGANA"] += counts.pop("CJK")
    return counts.most_common(1)[0][0] if counts else None


@functools.cache
def _identifier(labels: tuple[str, ...] = ()) -> Any:
    """py3langid restricted to some of its labels; the model is loaded once and shared."""
    if not labels:
        from py3langid.langid import MODEL_FILE, LanguageIdentifier

        return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    restricted = copy.copy(_identifier())
    restricted.set_languages([label for label in labels if label in set(restricted.labels)])
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
    among the candidates of that script.

    Args:
        text: any text.
        candidates: tags it may be in; a tag with region or script stands for its language (``pt-BR``). Of several that
            mean one language (``ku`` and ``ckb``) the first is given. Unknown tags are left out.

    Returns:
        A tag of ``candidates``, or ``"undetermined"``: no letters, a script of none of them, or languages of one
        script that fewer than 20 characters or a probability under 0.5 cannot tell apart.
    """
    return _identified(text, tuple(candidates))


@functools.lru_cache(maxsize=4096)  # models refuse in the same words again and again
def _identified(text: str, candidates: tuple[str, ...]) -> str:
    labels = _by_script(candidates).get(main_script(text) or "", {})
    if len(set(labels.values())) == 1:
        return next(iter(labels.values()))
    if not labels or len(text.strip()) < MIN_CHARACTERS:
        return UNDETERMINED
    label, probability = _identifier(tuple(sorted(labels))).classify(text)
    return labels[label] if probability >= MIN_PROBABILITY else UNDETERMINED
