"""The prompts of an evaluation by source and by language: licences, versions, who translated them, who checked."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from ...escaping import visible
from ...groups import PromptGroup, PromptGroups
from ...groups.counts import counts
from ...groups.provenance import OTHERS, findings, is_ours, others
from ...runs.card import Fact, LanguageFacts, PromptSet, Unknown
from .suites import SUITES

_LONGEST = 200  # characters of what a file says of itself


KNOWN = {suite.read_as: suite for suite in SUITES.values() if suite.read_as}


def prompt_sets(groups: PromptGroups, name: str) -> tuple[PromptSet, ...]:
    """What is known of the prompts of each source.

    Args:
        groups: all of them.
        name: what to call those that say no source.
    """
    by_source: dict[str, list[PromptGroup]] = {}
    for group in groups:
        by_source.setdefault(group.source or name or "prompts", []).append(group)
    return tuple(_prompt_set(source, PromptGroups(found)) for source, found in by_source.items())


def _prompt_set(source: str, groups: PromptGroups) -> PromptSet:
    found = counts(groups)
    licence = _said(groups, ("licence", "license")) or (KNOWN[source].licence if source in KNOWN else "")
    how = "Add a key {} to the groups, or say it: --info {}=..."
    return PromptSet(
        name=_short(source),
        version=_said(groups, ("version",)) or Unknown(unknown=how.format("version", "version")),
        hash=groups.prompts_hash,
        licence=licence or Unknown(unknown=how.format("licence", "licence")),
        groups=found["groups"],
        prompts=found["prompts"],
        kinds=found["kinds"],
    )


def _said(groups: Sequence[PromptGroup], keys: Sequence[str]) -> str:
    """What the groups say under any of these keys; empty unless all say something."""
    said = [next((group.extra[key] for key in keys if group.extra.get(key)), None) for group in groups]
    return "" if None in said else ", ".join(dict.fromkeys(_short(value) for value in said))


def language_facts(groups: PromptGroups) -> dict[str, LanguageFacts]:
    """Language -> what its prompts' provenance says: text, or an object with ``backend``, ``model``, ``checks``..."""
    return {tag: _language(tag, [group for group in groups if tag in group.prompts]) for tag in groups.languages}


def _language(tag: str, groups: Sequence[PromptGroup]) -> LanguageFacts:
    made = [_translated(group, tag) for group in groups]
    checked = [_checked(group, tag) for group in groups]
    return LanguageFacts(
        prompts=len(groups),
        translated=_counted(made, f"Add provenance.{tag} to the groups, or say it: --info {tag}.translated=..."),
        checked=_counted(checked, f"Add provenance.{tag}.checks to the groups, or say it: --info {tag}.checked=..."),
    )


def _translated(group: PromptGroup, tag: str) -> str:
    said = group.provenance.get(tag)
    if isinstance(said, Mapping):
        parts = [_short(said[key]) for key in ("backend", "model", "method", "made") if said.get(key)]
        parts += [f"{key} {_short(said[key])}" for key in ("temperature", "beams") if key in said]
        if parts:
            return " ".join(parts)
    elif said:
        return _short(said)
    if tag == group.pivot:
        return "not translated: the pivot"
    return KNOWN[group.source].translated if group.source in KNOWN else ""


def _checked(group: PromptGroup, tag: str) -> str:
    said = group.provenance.get(tag)
    if not isinstance(said, Mapping) or not said.keys() & {"checks", "checked", OTHERS, "mark"}:
        return "not translated: the pivot" if tag == group.pivot and not said else ""
    told, found = [", ".join(map(_short, others(said)))], findings(said)
    if found is not None or is_ours(said.get("checked")):
        by = said["checked"] if is_ours(said.get("checked")) else "rules"  # as of what isoglot has translated
        told.append(f"by {_short(by)}, which found {', '.join(map(_short, found or ())) or 'nothing'}")
    mark = "marked to be kept" if said.get("mark") == "keep" else ""
    return "; ".join(filter(None, ["; ".join(filter(None, told)) or "not checked", mark]))


def _counted(said: Sequence[str], how: str) -> Fact:
    """The different things that are said, with how often where they are several; unknown if any prompt says nothing."""
    found = Counter(said)
    silent = found.pop("", 0)
    if silent:
        some = f"Known of {len(said) - silent} of {len(said)} prompts. " if found else ""
        return Unknown(unknown=some + how)
    if len(found) == 1:
        return next(iter(found))
    return "; ".join(f"{text} ({count})" for text, count in found.most_common(5)) + ("; ..." if len(found) > 5 else "")


def _short(value: Any) -> str:
    """A stranger's value in a line."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return visible(" ".join(text.split()))[:_LONGEST]
