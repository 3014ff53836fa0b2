"""What a file of prompt groups holds: what was read and how, and what to look at before using it."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ..models.messages import prompt_text
from .counts import counts
from .group import PromptGroup, pivot_user_text
from .groups import PromptGroups
from .near import NEAR, clusters
from .oddities import oddities
from .readers import hub, shape_of
from .readers.columns import Columns
from .reading import Found, check_options, rows_of
from .strange_tags import strange_tags

_TOLD = 5  # examples of each thing
_FEW = 20  # categories and sources that are named


def shown(
    path: Path,
    *,
    shape: str | None = None,
    kind: str | None = None,
    columns: Mapping[str, str] | None = None,
    least: float = NEAR,
) -> tuple[dict[str, Any], PromptGroups]:
    """What is in a file or folder, as plain values, and the groups themselves.

    Nothing is refused that can be read: bad rows are listed, and a table need not say which prompts are harmful.

    Args:
        path: as in ``PromptGroups.read``, as are ``shape``, ``kind`` and ``columns``.
        shape: of the file.
        kind: of groups that say none.
        columns: of a table.
        least: share of common character 5-grams from which pivots count as near-duplicates.

    Raises:
        MissingFileError: if there is nothing at the path.
        DataError: for a file that cannot be read at all.
    """
    check_options(shape, kind, columns)
    taken: list[Columns] = []
    empty = Counter[str]()
    rows = rows_of(path, shape=shape, kind=kind, columns=columns, found=taken.append, empty=empty, any_kind=True)
    found = Found()
    for row in rows:
        found.take(row)
    groups = PromptGroups(found.groups)
    about = {
        "file": str(path),
        "shape": _shape(path, shape, columns),
        "columns": _columns(taken[0]) if taken else None,
        "rows": found.rows,
        "bad_rows": {"count": len(found.bad), "first": found.bad[:_TOLD]},
        "empty_cells": {"count": empty.total(), "languages": dict(empty)},
    }
    return about | of_groups(groups, least=least), groups


def _shape(path: Path, shape: str | None, columns: Mapping[str, str] | None) -> str:
    if hub.is_here(path):
        return "hub"
    return "table" if columns is not None else shape or shape_of(path)


def of_groups(groups: Sequence[PromptGroup], *, least: float = NEAR) -> dict[str, Any]:
    """The part of :func:`shown` that the groups themselves say."""
    groups = groups if isinstance(groups, PromptGroups) else PromptGroups(groups)
    counted = counts(groups)
    return {
        "groups": counted["groups"],
        "cells": counted["prompts"],
        "kinds": counted["kinds"],
        "categories": _counted(group.category for group in groups),
        "sources": _counted(group.source for group in groups),
        "pivots": dict(Counter(group.pivot for group in groups)),
        "without_pivot": sum(group.pivot not in group.prompts for group in groups),
        "languages": _languages(groups, counted["languages"]),
        "duplicates": _duplicates(groups, least),
        "weights": _weights(groups),
        "longest": _longest(groups),
        "oddities": [*strange_tags(groups), *oddities(groups)],
    }


def _columns(taken: Columns) -> dict[str, Any]:
    return {"prompts": {tag: name for name, tag in taken.languages.items()}, **taken.roles, "kept": list(taken.rest)}


def _counted(values: Any) -> dict[str, int]:
    """The most frequent values; what is beyond them is counted as ``...``."""
    found = Counter(value for value in values if value is not None)
    most = dict(found.most_common(_FEW))
    return most if len(found) <= _FEW else most | {"...": found.total() - sum(most.values())}


def _languages(groups: Sequence[PromptGroup], cells: Mapping[str, int]) -> dict[str, Any]:
    """By language: cells, share of groups that have it, mean characters, texts that come again, texts of another."""
    hashes = {tag: array("q") for tag in cells}
    characters, as_pivot, as_other = Counter[str](), Counter[str](), Counter[str]()
    for group in groups:
        texts = {tag: prompt_text(prompt) for tag, prompt in group.prompts.items()}
        times = Counter(texts.values())
        for tag, text in texts.items():
            hashes[tag].append(hash(text))
            characters[tag] += len(text)
            if tag != group.pivot and times[text] > 1:
                (as_pivot if text == texts.get(group.pivot) else as_other)[tag] += 1
    return {
        tag: {
            "cells": count,
            "share_of_groups": count / len(groups),
            "mean_characters": characters[tag] / count,
            "repeated": count - len(np.unique(np.asarray(hashes[tag]))),
            "same_as_pivot": as_pivot[tag],
            "same_as_another": as_other[tag],
        }
        for tag, count in cells.items()
    }


def _duplicates(groups: Sequence[PromptGroup], least: float) -> dict[str, Any]:
    """Groups whose pivots are equal, and nearly equal: how many could go, and the first of them by id."""
    texts = [pivot_user_text(group.pivot, group.prompts) for group in groups]
    near = clusters(texts, least=least)
    first: dict[str, int] = {}
    same: dict[int, list[int]] = {}
    for place, text in enumerate(texts):
        known = first.setdefault(text, place)
        if known != place:
            same.setdefault(known, [known]).append(place)
    told = [places for places in near if len({texts[place] for place in places}) > 1]

    def ids(places: Sequence[int]) -> list[str]:
        return [groups[place].id for place in places[:_TOLD]]

    return {
        "exact": sum(len(places) - 1 for places in same.values()),
        "near": sum(len(places) - 1 for places in near),
        "share_of_grams": least,
        "exact_first": [ids(places) for places in list(same.values())[:_TOLD]],
        "near_first": [ids(places) for places in told[:_TOLD]],
    }


def _weights(groups: Sequence[PromptGroup]) -> dict[str, Any] | None:
    weights = array("d", (weight for group in groups for weight in group.weights.values()))
    if not weights:
        return None
    zero = sum(not weight for weight in weights)
    return {"cells": len(weights), "lowest": min(weights), "highest": max(weights), "zero": zero}


def _longest(groups: Sequence[PromptGroup]) -> list[dict[str, Any]]:
    best: list[tuple[int, str, str]] = []
    for group in groups:
        for tag, prompt in group.prompts.items():
            length = len(prompt if isinstance(prompt, str) else prompt_text(prompt))
            if len(best) < _TOLD or length > best[-1][0]:
                best = sorted([*best, (length, group.id, tag)], key=lambda one: -one[0])[:_TOLD]
    return [{"id": name, "language": tag, "characters": length} for length, name, tag in best]


def across(sets: Sequence[tuple[str, PromptGroups]]) -> dict[str, int] | None:
    """How many ids, and texts in the pivot, several sets have; None of a single set."""
    if len(sets) < 2:
        return None
    ids, texts = Counter[str](), Counter[int]()
    for _, groups in sets:
        ids.update(group.id for group in groups)
        texts.update({hash(pivot_user_text(group.pivot, group.prompts)) for group in groups})
    return {"same_id": sum(n > 1 for n in ids.values()), "same_pivot": sum(n > 1 for n in texts.values())}


def readable(path: Path) -> list[PromptGroup]:
    """The groups of a file as far as they can be read, whatever their kind; for comparing with."""
    found = Found()
    for row in rows_of(path, empty=Counter(), any_kind=True):
        found.take(row)
    return found.groups
