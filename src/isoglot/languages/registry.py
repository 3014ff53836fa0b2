"""The languages: what each is called, how it is written, and which others it stands for or belongs to."""

from __future__ import annotations

import difflib
import functools
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from ..errors import ConfigError, did_you_mean, problem, some
from . import cldr
from .tags import canonical_tag, flores_codes, own, primary_tag, primary_tags
from .writing import LETTERS, RIGHT_TO_LEFT, WITHOUT_SPACES

_COUNTRY = re.compile("[A-Za-z]{2,3}")
_LONG = 4  # letters: of fewer another tag is as close as any
_TRADITIONAL = ("TW", "HK", "MO")  # regions that write Chinese so


@dataclass(frozen=True)
class Language:
    """One language, or one way to write it.

    Attributes:
        tag: BCP-47 tag, as used in files and options.
        scripts: codes of ISO 15924, the main one first.
        flores: its code in FLORES-200, or None.
        macrolanguage: the tag of the one that it belongs to, or None.
        members: tags of the languages that a macrolanguage stands for; its standard has its own tag.
        detector: the identifier's labels that mean this language.
        often_called: labels that it gives much of this language's text, too.
    """

    tag: str
    scripts: tuple[str, ...]
    flores: str | None = None
    macrolanguage: str | None = None
    members: tuple[str, ...] = ()
    detector: tuple[str, ...] = ()
    often_called: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """English name."""
        base, _, script = self.tag.partition("-")
        found = own()["names"].get(self.tag) or cldr.english_name(self.tag)
        return found or (f"{LANGUAGES[base].name} ({cldr.script_name(script)})" if script else self.tag)

    @property
    def autonym(self) -> str | None:
        """What it is called by those who write it; None where neither CLDR nor we know."""
        found = own()["autonyms"].get(self.tag) or cldr.own_name(self.tag)
        return found if found is None else str(found)

    @property
    def script(self) -> str:
        """Its script as Unicode's character names begin ("ARABIC"); several with a space between."""
        return " ".join(dict.fromkeys(LETTERS[script] for script in self.scripts))

    @property
    def spaced(self) -> bool:
        """Whether there are spaces between words."""
        return self.scripts[0] not in WITHOUT_SPACES


class _Registry(Mapping[str, Language]):
    """Tag -> language, read when first asked: many commands name no language."""

    def __getitem__(self, tag: str) -> Language:
        return _languages()[tag]

    def __iter__(self) -> Iterator[str]:
        return iter(_languages())

    def __len__(self) -> int:
        return len(_languages())


LANGUAGES: Mapping[str, Language] = _Registry()


@functools.cache
def _languages() -> Mapping[str, Language]:
    ours = own()
    codes = {tag: code for code, tag in flores_codes().items()}
    members = {tag: tuple(said.split()) for tag, said in ours["members"].items()}
    belongs = {one: tag for tag, some in members.items() for one in some if one != tag}
    labels = frozenset(ours["labels"].split())
    found = {}
    for tag in sorted(primary_tags()):
        said = ours["scripts"].get(tag) or codes[tag].partition("_")[2]
        meant = tuple(ours["meant_by"].get(tag, tag if tag in labels else "").split())
        called = tuple(ours["often_called"].get(tag, "").split())
        found[tag] = Language(
            tag, tuple(said.split()), codes.get(tag), belongs.get(tag), members.get(tag, ()), meant, called
        )
    return found


def language(tag: str) -> Language:
    """The registry's entry of a tag; a tag with a script has its own (``zh-Hant``), a region says nothing else.

    Raises:
        ConfigError: for a tag that is not in the registry.
    """
    if (found := entry(tag)) is None:
        raise ConfigError(problem("language", "a known BCP-47 tag", repr(tag), instead(tag)))
    return found


def instead(text: str, there: Iterable[str] | None = None) -> str:
    """What to write for a tag that is none: often it is the English name of a language, or the code of a country.

    Args:
        text: in place of a tag.
        there: the tags that it may be; None: any. A text that is none of them may still be the tag of a
            language, and is no country's code then.

    Example:
        >>> instead("Swahili"), instead("jp"), instead("jp", ["sw", "ja"])
        ('Write its tag: sw (Swahili)', "JP is a country's code (Japan). Write ja (Japanese)", "Did you mean 'ja'?")
    """
    named, spoken = _called(text), of_country(text) if base_tag(text) is None else []
    if there is not None:
        tags = list(there)
        wanted = [*named, *spoken]
        meant = next((tag for tag in [*wanted, *tags] if tag in tags and base_tag(tag) in wanted), None)
        return did_you_mean(text, tags) if meant is None else f"Did you mean {meant!r}?"
    if named:
        return f"Write its tag: {_told(named)}"
    if spoken:
        found = cldr.country(text)
        assert found is not None
        return f"{text.upper()} is a country's code ({found[0]}). Write {_told(spoken)}"
    names = {one.name.casefold(): tag for tag, one in LANGUAGES.items()} if len(text) >= _LONG else {}
    close = difflib.get_close_matches(text.casefold(), names, n=1, cutoff=0.75)
    if close:
        return f"Did you mean {_told([names[close[0]]])}?"
    return "Write a tag, as in sw, ckb or zh-Hant"


def called(name: str) -> str | None:
    """The tag of the language with an English name: ``en`` for ``English``; None where there is none."""
    return next((tag for tag, one in LANGUAGES.items() if one.name.casefold() == name.casefold()), None)


def of_country(text: str) -> list[str]:
    """The tags of the languages of a country by its code (``kr``, ``KOR``), as far as the registry has them."""
    found = cldr.country(text) if _COUNTRY.fullmatch(text) else None
    return [] if found is None else list(dict.fromkeys(base for one in found[1] if (base := base_tag(one)) is not None))


def _called(text: str) -> list[str]:
    """The tags of languages whose English name is a text, or has it as a word."""
    wanted = text.casefold()
    exact = called(text)
    return [exact] if exact else [tag for tag, one in LANGUAGES.items() if wanted in _words(one.name)]


def _told(tags: Iterable[str]) -> str:
    return some((f"{tag} ({LANGUAGES[tag].name})" for tag in tags), 4)


def _words(name: str) -> list[str]:
    return re.findall(r"\w+", name.casefold())


@functools.lru_cache(maxsize=1024)
def entry(tag: str) -> Language | None:
    """As :func:`language`, or None for a tag that is not in the registry."""
    if (base := base_tag(tag)) is None:
        return None
    found = LANGUAGES[base]
    subtags = canonical_tag(tag).split("-")[1:]
    script = next((part for part in subtags if part in LETTERS), None)
    if base == "zh" and script is None and set(subtags) & set(_TRADITIONAL):
        script = "Hant"
    if script is None or (script,) == found.scripts:
        return found
    written = LETTERS[script] in found.script.split()  # the identifier has seen it so
    codes = {code for code in flores_codes() if code.endswith(f"_{script}")}
    flores = next((code for code in codes if primary_tag(code.partition("_")[0]) == base), None)
    return replace(
        found,
        tag=f"{base}-{script}",
        scripts=(script,),
        flores=flores,
        detector=found.detector if written else (),
        often_called=found.often_called if written else (),
    )


@functools.lru_cache(maxsize=1024)
def base_tag(tag: str) -> str | None:
    """The registry's tag for a tag: ``pt`` for ``pt-BR``, ``PT`` or ``por``; None for a language it does not have."""
    first = canonical_tag(tag).partition("-")[0]
    return first if first in LANGUAGES else None


@functools.lru_cache(maxsize=1024)
def language_scripts(tag: str) -> frozenset[str]:
    """The scripts that a language is written in, as :func:`scripts` names them; none for unknown tags.

    Example:
        >>> sorted(language_scripts("ja")), sorted(language_scripts("pt-BR"))
        (['CJK', 'HIRAGANA'], ['LATIN'])
    """
    found = entry(tag)
    written = found.script.split() if found else []
    return frozenset([*written, "CJK"] if "HIRAGANA" in written else written)


def direction(tag: str) -> str:
    """``rtl``, ``ltr``, or ``auto`` where the tag does not say: unknown, or written in two directions."""
    found = entry(tag)
    ways = {script in RIGHT_TO_LEFT for script in found.scripts} if found else set()
    return "auto" if len(ways) != 1 else "rtl" if ways == {True} else "ltr"


def among(tag: str, there: Iterable[str]) -> str | None:
    """Which of some tags a user means: the very one, or the one that is the same as BCP-47 writes it; None if none is.

    Example:
        >>> among("zh_CN", ["en", "zh-CN"]), among("swh", ["en", "sw"]), among("zh", ["zh-CN"])
        ('zh-CN', 'sw', None)
    """
    tags = list(there)
    return tag if tag in tags else next((one for one in tags if canonical_tag(one) == canonical_tag(tag)), None)
