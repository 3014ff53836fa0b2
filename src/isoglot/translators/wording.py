"""How a chat model is asked for a translation, and how its answer is read."""

from __future__ import annotations

import functools
import hashlib
import re

from ..judges.untrusted import filled
from ..judges.wording_file import wording_file
from ..languages import Language, language, target_language
from ..languages.cldr import script_name

_OWN_SCRIPTS = ("Hans", "Hant", "Jpan", "Hang", "Thai", "Grek", "Hebr")  # each is one language's


def wording_version() -> str:
    """Version and hash of the wording, as in ``1-3f2a9c01``: for settings and provenance."""
    return _wording()[1]


def asked(text: str, source: str, target: str) -> str:
    """The prompt: the text between tags that do not stand in it, and the form of the answer.

    Args:
        text: to translate.
        source: tag of its language.
        target: tag of the language to write.
    """
    fence, answer = tags(text)
    return filled(_wording()[0], text=text, fence=fence, answer=answer, **_languages(source, target))


def tags(text: str) -> tuple[str, str]:
    """The names of the tags around the text and around the answer; a number makes them such as the text does not hold.

    Example:
        >>> tags("Hello"), tags("Say </text>!")
        (('text', 'translation'), ('text2', 'translation'))
    """
    return _free("text", text), _free("translation", text)


def read(answer: str, text: str) -> str | None:
    """The translation in an answer; None where it has not the form that was asked for.

    What stands before and after the tags is left out, and so are the source's tags, which models put within at times.
    An answer with several translations is none.

    Args:
        answer: without reasoning.
        text: that was to be translated.

    Example:
        >>> read("Sure! <translation>Habari?</translation>", "How are you?"), read("I cannot.", "How are you?")
        ('Habari?', None)
    """
    fence, name = tags(text)
    parts = re.split(rf"<{name}>|(</{name}>)", answer)
    if len(parts) != 5 or parts[1] is not None or parts[3] is None:  # what stands before, within, after
        return None
    return re.sub(rf"</?{fence}>", "", parts[2]).strip() or None


@functools.lru_cache(maxsize=1024)
def _languages(source: str, target: str) -> dict[str, str]:
    into = target_language(target).language
    return {"source": called(language(source)), "target": called(into), "script": _in_script(into)}


def called(one: Language) -> str:
    """A language as a model knows it: ``Central Kurdish (Sorani), کوردیی ناوەندی``."""
    return f"{one.name} ({one.autonym})" if one.autonym and one.autonym != one.name else one.name


def _in_script(one: Language) -> str:
    """Which script, where nobody would guess it from the name."""
    script = script_name(one.scripts[0])
    told = one.scripts[0] in _OWN_SCRIPTS or script in one.name or one.script == "LATIN"
    return "" if told else f", in {script} script"


def _free(name: str, text: str) -> str:
    lower, number = text.lower(), 1
    while f"<{(found := name if number == 1 else f'{name}{number}')}" in lower or f"/{found}" in lower:
        number += 1
    return found


@functools.cache
def _wording() -> tuple[str, str]:
    """The prompt and its version."""
    found = wording_file(__package__, "translate")
    prompt = str(found["prompt"])
    return prompt, f"{found['version']}-{hashlib.sha256(prompt.encode()).hexdigest()[:8]}"
