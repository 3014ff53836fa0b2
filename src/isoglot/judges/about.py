"""What a protocol says of a judge besides its name and version, and which languages of a table it does not cover."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ..languages import base_tag


def about(judge: object) -> dict[str, Any]:
    """Of a judge that says so: the languages that it was made for, whether it tells refusals, and its settings.

    Names begin with ``judge_``; what it does not say is left out.
    """
    found: dict[str, Any] = {}
    if (languages := getattr(judge, "languages", None)) is not None:
        found["judge_languages"] = sorted(languages)
    if (refusals := getattr(judge, "refusals", None)) is not None:
        found["judge_refusals"] = bool(refusals)
    if settings := getattr(judge, "settings", None):
        found["judge_settings"] = dict(settings)
    return found


def uncovered(protocol: Mapping[str, Any], tags: Iterable[str]) -> list[str]:
    """Those of some languages that the judge of a protocol was not made for; none where it does not say.

    Example:
        >>> uncovered({"judge_languages": ["en", "pt"]}, ["en", "pt-BR", "sw"])
        ['sw']
    """
    covered = protocol.get("judge_languages")
    if not isinstance(covered, (list, tuple)):
        return []
    return [tag for tag in tags if base_tag(tag) not in covered]
