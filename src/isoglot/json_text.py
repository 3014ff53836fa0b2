"""JSON that strangers wrote: read in time linear in its length, and what Python's reader lets through refused."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from .errors import short

DEEPEST = 100  # levels of lists and objects in each other
LONGEST = 300  # digits of a whole number; more, and it is beyond what a float can be
_SPACE = re.compile(r"[ \t\n\r]*")
_SIGN = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*(?P<closed>"?)|[\[\]{},]', re.DOTALL)  # what an item's end can be told by


def decode(text: str, *, halves: bool = False) -> Any:
    """The value of a text in JSON.

    Args:
        text: all of it.
        halves: whether halves of surrogate pairs are let through.

    Raises:
        JSONDecodeError: for what is no JSON.
        ValueError: in words, for a key that comes twice in an object, nesting beyond ``DEEPEST``, whole numbers of more
            than ``LONGEST`` digits, and halves of surrogate pairs, which no file can hold.
    """
    try:
        value = _DECODER.decode(text)
    except RecursionError:
        raise ValueError(_TOO_DEEP) from None
    _check(value, text, halves=halves)
    return value


def decode_first(text: str) -> Any:
    """The value that a text begins with, whatever follows it; errors are those of :func:`decode`."""
    return _next(text, _SPACE.match(text).end())[0]  # type: ignore[union-attr]


class Refused(NamedTuple):
    """In place of an item of a list: why :func:`decode` refuses it."""

    reason: str


def decode_list(text: str) -> Iterator[Any]:
    """The items of a text that is one JSON list, one after the other; an item that is refused is a :class:`Refused`.

    Raises:
        JSONDecodeError: for what is no JSON, and no list.
        ValueError: as :func:`decode`, for an item of which no end is found.
    """
    place = _after(text, 0, "[", "a JSON list")
    if text.startswith("]", place):
        _after(text, _after(text, place, "]", ""), "", "")
        return
    while True:
        try:
            value, place = _next(text, place)
        except json.JSONDecodeError:
            raise
        except ValueError as error:
            end = _end_of_item(text, place)
            if end is None:
                raise
            value, place = Refused(str(error)), end
        yield value
        place = _SPACE.match(text, place).end()  # type: ignore[union-attr]
        if text.startswith("]", place):
            break
        place = _after(text, place, ",", "Expecting ',' delimiter")
    _after(text, _after(text, place, "]", ""), "", "")


_TOO_DEEP = f"expected at most {DEEPEST} levels of lists and objects in each other, got more"


def _next(text: str, place: int) -> tuple[Any, int]:
    try:
        value, end = _DECODER.raw_decode(text, place)
    except RecursionError:
        raise ValueError(_TOO_DEEP) from None
    _check(value, text[place:end])
    return value, end


def _end_of_item(text: str, start: int) -> int | None:
    """Where an item of a list ends, however deep it is; None if it does not."""
    depth = 0
    for found in _SIGN.finditer(text, start):
        sign = found[0]
        if sign in ("[", "{"):
            depth += 1
        elif sign[0] == '"':
            if not found["closed"]:
                return None
        elif depth == 0:
            return found.start()
        elif sign != ",":
            depth -= 1
    return None


def _after(text: str, place: int, sign: str, what: str) -> int:
    """The place after a sign and the space around it; without a sign nothing but space may follow."""
    place = _SPACE.match(text, place).end()  # type: ignore[union-attr]
    if not sign and place < len(text):
        raise json.JSONDecodeError("Extra data", text, place)
    if not text.startswith(sign, place):
        raise json.JSONDecodeError(what, text, place)
    return _SPACE.match(text, place + len(sign)).end()  # type: ignore[union-attr]


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """The object; JSON allows a key twice, and Python's reader would drop the first in silence."""
    found = dict(pairs)
    if len(found) < len(pairs):
        seen: set[str] = set()
        twice = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        raise ValueError(f"expected each key once, got {short(twice)} twice")
    return found


def _whole(digits: str) -> int:
    if len(digits) > LONGEST:
        raise ValueError(f"expected numbers of ordinary size, got a whole number of {len(digits):,} digits")
    return int(digits)


_DECODER = json.JSONDecoder(object_pairs_hook=_once, parse_int=_whole)


def _check(value: Any, text: str, *, halves: bool = False) -> None:
    """Refuses what is nested too deeply, and lone surrogates; looks closer only where the text gives reason to."""
    if text.count("[") + text.count("{") > DEEPEST:
        level = [value]
        for _ in range(DEEPEST):
            level = [part for one in level for part in _parts(one)]
        if any(isinstance(one, (dict, list)) for one in level):
            raise ValueError(_TOO_DEEP)
    if not halves and ("\\ud" in text or "\\uD" in text):
        try:
            json.dumps(value, ensure_ascii=False).encode()
        except UnicodeEncodeError as error:
            half = f"\\u{ord(error.object[error.start]):04x}"
            raise ValueError(f"expected whole characters, got half of a surrogate pair, {half}") from None


def _parts(value: Any) -> Any:
    return value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
