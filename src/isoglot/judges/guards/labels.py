"""Reads the lines of guards: a label is a whole line, never a word in a text."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ..asked import Unreadable

_AROUND = " \t\r*_`>.\"'"
LONGEST = 20_000  # characters of an answer that are read; a guard's own are a hundred


def without_thinking(text: str) -> str:
    """The answer without its reasoning.

    Raises:
        Unreadable: for reasoning that does not end.
    """
    answer = text[:LONGEST].rpartition("</think>")[2].strip()
    if "<think>" in answer:
        raise Unreadable("reasoning that ends", text)
    return answer


def field(text: str, name: str, values: Sequence[str]) -> str:
    """The value, in lower case, of the line ``name: value``.

    A line may come twice if it says the same; one that says something else makes the answer unreadable, as it may be
    quoted from the response.

    Args:
        text: the answer.
        name: of the field; case does not matter.
        values: that it may have, in lower case.

    Raises:
        Unreadable: if there is no such line, one with another value, or lines that differ.
    """
    found = {value.strip(_AROUND).casefold() for value in lines_of(text, name)}
    if len(found) != 1 or not found <= set(values):
        raise Unreadable(f"one line {name + ': ' + '/'.join(values)!r}", text)
    return found.pop()


def lines_of(text: str, name: str) -> list[str]:
    """What stands after ``name:`` on each line that begins with it."""
    begins = re.compile(rf"(?im)^[ \t*_>-]*{re.escape(name)}[*_ \t]*:(.*)$")
    return [found[1].strip(_AROUND) for found in begins.finditer(text[:LONGEST])]


def listed(text: str, name: str) -> str:
    """What the line of that name lists, for a reason; nothing if there is none, or if it says none."""
    found = lines_of(text, name)
    return "" if not found or found[0].casefold() in ("", "none", "n/a") else found[0][:120]


def reason(label: str, more: str) -> str:
    """A verdict's reason: the guard's label, and what it lists."""
    return f"{label}: {more}" if more else label
