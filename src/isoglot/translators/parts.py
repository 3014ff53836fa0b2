"""A text in parts: those that an engine is given, and those that stay as they are between them."""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

from .pieces import FENCED, between, marks_in, masked
from .sentences import lead, sentences

Unit = Literal["whole", "line", "sentence"]
_AROUND = re.compile(r"(\s*)(.*?)(\s*)\Z", re.DOTALL)
_WORDS = re.compile(r"(\W*)(.*?)(\W*)\Z", re.DOTALL)


class Part(NamedTuple):
    """A part of a text.

    Attributes:
        text: to send, with marks for its pieces; or to leave as it is.
        sent: which of the two.
        pieces: number of a mark -> what stands there.
    """

    text: str
    sent: bool = False
    pieces: dict[int, str] = {}  # noqa: RUF012 - never changed


def cut(text: str, unit: Unit) -> list[Part]:
    """A text in parts; those to send have words in them, and no spaces around.

    Args:
        text: any.
        unit: what the engine is given at a time. A block of code is never sent, nor are bullets before lines and
            sentences.
    """
    parts, end = [], 0
    for fenced in FENCED.finditer(text):
        parts += [*_prose(text[end : fenced.start()], unit), Part(fenced[0])]
        end = fenced.end()
    return [*parts, *_prose(text[end:], unit)]


def apart(part: Part) -> list[Part]:
    """A part to send, cut at its pieces: what stands between them is sent, without marks."""
    found: list[Part] = []
    for text, is_piece in between(part.text, part.pieces):
        found += [Part(text)] if is_piece else _bare(text, {}, _WORDS)
    return found


def _prose(text: str, unit: Unit) -> list[Part]:
    text, pieces = masked(text)
    if unit == "whole":
        return _bare(text, pieces)
    parts = []
    for line in text.splitlines(keepends=True):
        before = lead(line)
        body = line[len(before) :]
        parts += _bare(before, pieces)
        for one in sentences(body) if unit == "sentence" else [body]:
            parts += _bare(one, pieces)
    return parts


def _bare(text: str, pieces: dict[int, str], around: re.Pattern[str] = _AROUND) -> list[Part]:
    """The text to send, and apart from it the spaces around, which engines do not keep; without words none is sent."""
    if not any(map(str.isalpha, text)):
        return [Part("".join(one for one, _ in between(text, pieces)))]
    found = around.match(text)
    assert found is not None
    parts = Part(found[1]), Part(found[2], True, marks_in(found[2], pieces)), Part(found[3])
    return [part for part in parts if part.text]
