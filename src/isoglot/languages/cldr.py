"""What Unicode's CLDR says of a tag, read through babel when first asked."""

from __future__ import annotations

import functools
from typing import Any


@functools.lru_cache(maxsize=1024)
def alias(primary: str) -> str | None:
    """The tag that replaces a primary subtag (``eng``, ``iw``), or None if it stays."""
    from babel.core import get_global

    found = get_global("language_aliases").get(primary)
    return None if found is None else str(found).replace("_", "-")


@functools.lru_cache(maxsize=1024)
def english_name(tag: str) -> str | None:
    """The English name of a tag of language, or language and script."""
    found = _locale("en").languages.get(tag.replace("-", "_"))
    return None if found is None else str(found)


@functools.lru_cache(maxsize=1024)
def own_name(tag: str) -> str | None:
    """What a language is called by those who write it."""
    if (locale := _locale(tag)) is None:
        return None
    names = locale.languages
    found = names.get(tag.replace("-", "_")) or names.get(tag.partition("-")[0])
    return None if found is None else str(found)


@functools.lru_cache(maxsize=1024)
def country(code: str) -> tuple[str, tuple[str, ...]] | None:
    """The English name of a country and its languages, by its code of ISO 3166 in any case (``jp``, ``JPN``), or None.

    The languages are the official ones, else those that are so in fact, else the one that most people speak.
    """
    from babel.core import get_global
    from babel.languages import get_official_languages, get_territory_language_info

    place = code.upper()
    places = get_global("territory_aliases").get(place, [place])
    if len(places) != 1 or not (name := _locale("en").territories.get(places[0])):
        return None
    said = get_official_languages(places[0]) or get_official_languages(places[0], de_facto=True)
    if not said:
        spoken = get_territory_language_info(places[0])
        said = tuple(sorted(spoken, key=lambda one: float(spoken[one]["population_percent"] or 0), reverse=True)[:1])
    return str(name), tuple(str(one).replace("_", "-") for one in said)


def script_name(script: str) -> str:
    """The English name of a script by its code: ``Latin``; the code itself where there is none."""
    return str(_locale("en").scripts.get(script, script))


@functools.cache
def _locale(tag: str) -> Any:
    from babel import Locale, UnknownLocaleError

    try:
        locale = Locale.parse(tag.replace("-", "_"), resolve_likely_subtags=False)
    except (ValueError, UnknownLocaleError):
        return None
    # babel answers with a language's parent where it has not the language itself (tl: Filipino)
    return locale if locale.language == tag.partition("-")[0] else None
