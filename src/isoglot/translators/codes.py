"""What engines call a language."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping

from ..languages import LANGUAGES, Language, base_tag, canonical_tag, language, target_language

# Further names that models have for a language, the part of Kurdish that they mean by ku among them.
_ALSO: Mapping[str, tuple[str, ...]] = {
    "fuv": ("ff",),
    "he": ("iw",),
    "jv": ("jw",),
    "kmr": ("ku",),
    "nb": ("no",),
    "no": ("nb",),
    "nso": ("ns",),
    "sat": ("sat_Beng",),  # NLLB's token; the script that it writes is Ol Chiki
    "tl": ("fil",),
    "yi": ("ji",),
    "zh": ("cmn",),
}
_WITHOUT_ONE = ("ku", "sh")  # macrolanguages that nobody can write in


def two_letters(tag: str) -> str:
    """As most engines call it: the tag without script and region, as in ``zh`` for ``zh-Hans``."""
    return base_tag(tag) or tag


def three_letters(tag: str) -> str:
    """Its code in ISO 639-3, as FLORES-200 has it where that has the language (``swh``, ``arb``).

    Example:
        >>> three_letters("sw"), three_letters("br"), three_letters("ckb")
        ('swh', 'bre', 'ckb')
    """
    found = _meant(tag)
    if found.flores:
        return found.flores.partition("_")[0]
    first = found.tag.partition("-")[0]
    return _of_cldr().get(first, first)


def called(tag: str, is_known: Callable[[str], bool]) -> str | None:
    """What an engine calls a language, by what it knows; None where it does not have it in its script.

    Args:
        tag: of a language that the registry has.
        is_known: whether the engine knows a code.

    Example:
        >>> called("sw", {"swh_Latn"}.__contains__), called("zh-Hant", {"zh"}.__contains__)
        ('swh_Latn', None)
    """
    base = base_tag(tag)
    assert base is not None
    found = _meant(tag)
    script = found.scripts[0]
    names = [base, three_letters(tag), *_ALSO.get(base, ())]
    plain = names if script == LANGUAGES[base].scripts[0] else []
    return next((one for one in [*(f"{name}_{script}" for name in names), *plain] if is_known(one)), None)


def _meant(tag: str) -> Language:
    """The language that is written under a tag; of a macrolanguage that nobody can write in, its own entry."""
    return language(tag) if base_tag(tag) in _WITHOUT_ONE else target_language(tag).language


@functools.cache
def _of_cldr() -> Mapping[str, str]:
    """Two letters -> three, of those that have one code only."""
    from babel.core import get_global

    aliases = {code: str(tag) for code, tag in get_global("language_aliases").items() if len(code) == 3}
    return {tag: code for code, tag in aliases.items() if canonical_tag(code) == tag}
