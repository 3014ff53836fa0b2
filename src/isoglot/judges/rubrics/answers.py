"""Reads a judge's JSON: the object that ends its answer, checked value by value, and nothing taken on trust."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ...json_text import decode, decode_first
from ..answer import without_reasoning
from ..asked import Unreadable

LONGEST = 20_000  # characters of an answer that are read
_TRIES = 50  # places at which an object may begin


def last_object(text: str, wanted: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """The JSON object with which an answer ends, whatever prose or fence is around it.

    Another object with the same keys and other values before it makes the answer unreadable: it may be quoted from the
    response, or the judge may have changed its mind.

    Args:
        text: the answer.
        wanted: keys that it must have, and the values that each may have, in lower case.

    Returns:
        All its keys; the wanted ones in lower case.

    Raises:
        Unreadable: without one.
    """
    answer = without_reasoning(text)[-LONGEST:]
    inner = answer.rstrip()
    for fence in ("```", "~~~"):
        inner = inner.removesuffix(fence).rstrip()
    places = [place.start() for place in re.finditer(r"\{", inner)][-_TRIES:]
    read = [found for place in places if (found := _read(decode_first, inner[place:], wanted))]
    ends = [found for place in places if (found := _read(decode, inner[place:], wanted))]
    if len({tuple(one[key] for key in wanted) for one in read}) != 1 or not ends:
        keys = ", ".join(f"{key} ({' / '.join(values)})" for key, values in wanted.items())
        raise Unreadable(f"one JSON object with {keys} at the end", answer[-300:])
    return ends[0]


def _read(reader: Callable[[str], Any], text: str, wanted: Mapping[str, Sequence[str]]) -> dict[str, Any] | None:
    """The object that the reader finds, with the wanted values in lower case; None if one is missing or not allowed."""
    try:
        value = reader(text)
    except ValueError:
        return None
    if not isinstance(value, dict):
        return None
    found = {key: value[key].strip().casefold() for key in wanted if isinstance(value.get(key), str)}
    if found.keys() != wanted.keys() or any(found[key] not in values for key, values in wanted.items()):
        return None
    return value | found
