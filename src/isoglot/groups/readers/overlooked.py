"""Columns of a table that were taken for other data and may be prompts or kinds, and how to say so."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from ...errors import some
from ...languages import canonical_tag, is_tag, meant
from .option import columns_option
from .survey import PROMPT_NAMES, Survey, is_surely_tag, named_in_english

_ENGLISH = "en"  # what a prompt is in that names no language
_TOLD = 20  # columns that a sentence names


def overlooked(seen: Survey, languages: Mapping[str, str], roles: Mapping[str, str], wanted: Mapping[str, str]) -> str:
    """A sentence about columns with the English name of a language, a ``prompt`` beside languages without English, and
    one of kinds; empty where there is none.

    Where no column is a language, an error says more; what is one prompt a row names its language in each.

    Args:
        seen: the columns.
        languages: those that hold prompts: name -> tag.
        roles: what a group has besides -> name.
        wanted: those of them that someone named.
    """
    others = [name for name in seen.names if name not in languages and name not in roles.values()]
    prompts: dict[str, str] = {}
    for name in others if languages else []:
        for tag in named_in_english(name):
            if tag not in languages.values() and seen.is_prose(name):
                prompts.setdefault(tag, name)
    if languages and not any(tag.split("-")[0] == _ENGLISH for tag in languages.values()):
        free = [name for name in seen.names if name not in languages and name not in wanted.values()]
        unsaid = [name for name in free if name.lower() in PROMPT_NAMES]
        if unsaid and seen.is_prose(unsaid[0]):
            prompts.setdefault(_ENGLISH, unsaid[0])
    of_kinds = [name for name in others if name in seen.kinds] if "kind" not in roles else []
    kinds = {"kind": of_kinds[0]} if of_kinds else {}
    if not prompts and not kinds:
        return ""
    same = {tag: there for tag in prompts if (there := meant(tag, languages.values())) is not None}
    what = [f"{name} (prompts in {f'{same[tag]}, too' if tag in same else tag}?)" for tag, name in prompts.items()]
    prompts = {tag: name for tag, name in prompts.items() if tag not in same}  # one language is not two
    what += [f"{name} (the kind?)" for name in kinds.values()]
    said = f"taken for other data: {some(what, _TOLD)}."
    if not prompts and not kinds:
        return f"{said} A language has one column: put the texts together."
    pairs = {tag: name for name, tag in languages.items()} | prompts if prompts else {}
    return f"{said} To use them: {columns_option(pairs | dict(wanted) | kinds)}."


def left_out(seen: Survey, languages: Mapping[str, str], others: Collection[str], wanted: Mapping[str, str]) -> str:
    """A sentence about columns named by tags that are no prompts because others were named; empty for none.

    Args:
        seen: the columns.
        languages: those that someone named: name -> tag.
        others: names of columns that are something else, such as ``id``.
        wanted: what else someone named -> name.
    """
    free = [name for name in seen.names if name not in languages and name not in others]
    tags = {name: canonical_tag(name) for name in free if is_tag(canonical_tag(name))}
    found = {tag: name for name, tag in tags.items() if is_surely_tag(name, tag) and tag not in languages.values()}
    if not languages or not found:
        return ""
    pairs = found | {tag: name for name, tag in languages.items()} | dict(wanted)
    names = some(found.values(), _TOLD)
    return f"no prompts are taken from {names}, since others are named. To take all: {columns_option(pairs)}."
