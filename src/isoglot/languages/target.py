"""A language that somebody is asked to write in: one, or a question."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from dataclasses import dataclass

from ..errors import ConfigError, problem
from .registry import LANGUAGES, Language, among, base_tag, entry, language
from .tags import canonical_tag, own


@dataclass(frozen=True)
class Target:
    """A language to write in.

    Attributes:
        tag: as files and tables name it.
        language: the registry's entry; of what a tag is read as, where it may mean several.
        said: what was decided, for the user; empty where nothing was.
    """

    tag: str
    language: Language
    said: str = ""


def target_language(text: str) -> Target:
    """The language that a user names to write in.

    Prompts that exist may be under a tag that stands for several languages (``ku`` in the paper's own file): they are
    read as they are. What is still to be written must be in one of them.

    Args:
        text: a tag in any form that :func:`canonical_tag` reads.

    Raises:
        ConfigError: for a tag that is not in the registry, and for one whose languages are too different for one to
            stand for all.

    Example:
        >>> target_language("zh_CN").said, target_language("swh").tag
        ('zh-CN is read as zh-Hans: Simplified Chinese.', 'sw')
    """
    tag, found = canonical_tag(text), language(text)
    base = base_tag(tag)
    assert base is not None
    if base in own()["to_choose"].split():
        choice = " or ".join(f"{one} ({LANGUAGES[one].name})" for one in found.members)
        raise ConfigError(problem("language", "one language", f"{text!r}, which stands for several", f"Name {choice}"))
    read_as = own()["read_as"].get(base)
    if read_as is None or found.tag != base:
        return Target(tag, found)
    exact = entry(read_as) or found
    others = [one for one in found.members if one not in (base, exact.tag)]
    code = "" if exact.flores is None else f", {exact.flores} in FLORES-200"
    if exact.tag == base and not others:
        return Target(tag, found)
    if exact.tag == base:
        said = f"{tag} is read as its standard ({read_as}{code})."
    else:
        said = f"{tag} is read as {exact.tag}: {exact.name}."
    return Target(tag, exact, said)


def meant(tag: str, there: Iterable[str]) -> str | None:
    """Which of some tags stands for what would be written under a tag; None if none does.

    A region counts where the language has but one script (``pt-BR`` is not ``pt``); else it only says the script.

    Example:
        >>> meant("zh", ["en", "zh-CN"]), meant("no", ["nb"]), meant("sr-Latn", ["sr"]), meant("pt", ["pt-BR"])
        ('zh-CN', 'nb', None, None)
    """
    tags = list(there)
    return among(tag, tags) or next((one for one in tags if _written(one) == _written(tag)), None)


@functools.lru_cache(maxsize=4096)
def _written(tag: str) -> str:
    try:
        target = target_language(tag)
    except ConfigError:  # not known, or of several languages
        return canonical_tag(tag)
    plain = target.language.tag == base_tag(tag)
    return canonical_tag(tag) if plain and "-" in target.tag else target.language.tag
