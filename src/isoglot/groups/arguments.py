"""What is given to calls in place of prompt groups: what is wrong with it, and how groups are made of it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ..errors import problem
from ..models.arguments import said
from .group import PromptGroup
from .groups import PromptGroups


def groups_problems(where: str, value: Any) -> list[str]:
    """What is wrong with groups; nothing with :class:`PromptGroups`.

    Args:
        where: the call.
        value: as given.
    """
    if isinstance(value, PromptGroups):
        return []
    return [problem(f"{where}, groups", "PromptGroups", said(value), _to_groups(value))]


def _to_groups(value: Any) -> str:
    """How groups are made of what was given."""
    if isinstance(value, (str, os.PathLike)):
        return f"Read them: PromptGroups.read({os.fspath(value)!r})"
    if isinstance(value, Iterator):  # which can be gone through once only
        return "Make them: of rows PromptGroups.from_dataset(rows), of groups PromptGroups(groups)"
    first = _first(value)
    if isinstance(first, PromptGroup):
        return "Make them: PromptGroups(groups)"
    if isinstance(first, Mapping):
        return "Make them: PromptGroups.from_dataset(rows)"
    return "Read them: PromptGroups.read(path)"


def _first(value: Any) -> Any:
    """The first of what was given; None where nothing can be taken from it."""
    if isinstance(value, type) or not isinstance(value, Iterable):
        return None
    try:
        return next(iter(value), None)
    except Exception:  # a stranger's: it is being refused already, and only the next step depends on it
        return None
