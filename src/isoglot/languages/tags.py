"""Tags in the form of BCP-47, whatever form they are given in."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from typing import Any

from ..packaged import packaged_yaml
from . import cldr

_TAG = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*")


def data(name: str) -> Any:
    """One of the registry's own files."""
    return packaged_yaml(__package__, f"{name}.yaml")


@functools.cache
def flores_codes() -> Mapping[str, str]:
    """The codes of FLORES-200 (``swh_Latn``) -> our tags."""
    found: Mapping[str, str] = data("flores200")
    return found


@functools.cache
def own() -> Mapping[str, Any]:
    """What ``registry.yaml`` says."""
    found: Mapping[str, Any] = data("registry")
    return found


@functools.lru_cache(maxsize=1024)
def is_tag(text: str) -> bool:
    """Whether the text has the form of a BCP-47 tag (two or three letters, then subtags)."""
    return bool(_TAG.fullmatch(text))


@functools.lru_cache(maxsize=4096)
def canonical_tag(text: str) -> str:
    """A tag as BCP-47 writes it; what has not the form of one is given back.

    Read are tags with hyphens or underscores, in any case, with spaces around; ISO 639-3 (``swh``) and 639-2
    (``ger``); tags that were replaced (``iw``, ``in``); codes of FLORES-200.

    Example:
        >>> canonical_tag("EN"), canonical_tag("zh-hant-tw"), canonical_tag("pt_br"), canonical_tag("swh_Latn")
        ('en', 'zh-Hant-TW', 'pt-BR', 'sw')
        >>> canonical_tag("eng"), canonical_tag("iw"), canonical_tag("pes"), canonical_tag("prs"), canonical_tag("kmr")
        ('en', 'he', 'fa', 'prs', 'kmr')
    """
    tag = text.strip().replace("_", "-")
    if not is_tag(tag):
        return text
    first, *rest = tag.split("-")
    cases = {2: str.upper, 4: str.title}
    parts = [cases.get(len(part), str)(part) for part in rest]
    if (flores := flores_codes().get("_".join([first.lower(), *parts]))) is not None:
        return flores
    return "-".join([primary_tag(first.lower()), *parts])


@functools.lru_cache(maxsize=1024)
def primary_tag(subtag: str) -> str:
    """The primary subtag that is in use for one of ISO 639 or one that was replaced."""
    if subtag in primary_tags():
        return subtag
    return own()["aliases"].get(subtag) or _of_flores().get(subtag) or cldr.alias(subtag) or subtag


@functools.cache
def primary_tags() -> frozenset[str]:
    """The tags without script that the registry has."""
    return frozenset([*(tag.partition("-")[0] for tag in flores_codes().values()), *own()["scripts"]])


@functools.cache
def _of_flores() -> Mapping[str, str]:
    """ISO 639-3 as FLORES-200 writes it -> our primary subtag."""
    return {code.partition("_")[0]: tag.partition("-")[0] for code, tag in flores_codes().items()}
