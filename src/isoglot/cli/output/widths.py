"""How wide the columns of a table in a terminal are: narrower where there is little room, but no word is lost."""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Sequence

from rich.cells import cell_len

_UNKNOWN = 160  # characters, where no terminal is there and nobody says how wide the text may be
_NAME = 40  # characters of a row's name that stay in one line
_WORD = 24  # characters of a word that do; a path, which is longer, goes on in the next
_PART = 8  # characters of a word of the head that stay in one line in any case
_BETWEEN = re.compile(r"\s+(?!%)")  # words; a number and its per-cent sign are one


def forget_odd_sizes() -> None:
    """Removes COLUMNS and LINES where they are no number above 0: on some of those rich fails, which draws the help."""
    for name in ("COLUMNS", "LINES"):
        if name in os.environ and not _number(os.environ[name]):
            del os.environ[name]


def room() -> int:
    """Characters in a line: of the terminal, or what COLUMNS says if that is a number above 0."""
    if sys.stdout.isatty():
        return shutil.get_terminal_size().columns
    return _number(os.environ.get("COLUMNS", "")) or _UNKNOWN


def _number(said: str) -> int:
    """A whole number above 0, or 0 for anything else."""
    return int(said) if said.isdecimal() and len(said) < 10 else 0


def column_widths(table: Sequence[Sequence[str]], room: int) -> list[int]:
    """Characters of each column, so that the table needs no more than ``room`` if its words let it.

    The widest columns give way first: to their longest words, then to parts of the long words of the head. The words of
    the rows stay whole up to 24 characters, and the rows' names up to 40.

    Args:
        table: the head and the rows, the same number of cells in each.
        room: characters in a line. Three go with each column, for its border and spaces, and one with the table.
    """
    (head, *rows), columns = table, list(zip(*table, strict=True))
    widths = [max(1, *map(_longest_line, cells)) for cells in columns]
    least = [max([1, *map(_longest_word, cells[1:])]) for cells in columns]
    names = max((_longest_line(row[0]) for row in rows), default=0)
    if names <= _NAME:
        least[0] = max(least[0], names)
    free = room - 3 * len(widths) - 1
    for part in (_WORD, _PART):
        heads = (min(part, _longest_word(cell)) for cell in head)
        widths = _narrowed(widths, list(map(max, least, heads)), free)
    return widths


def _narrowed(widths: Sequence[int], least: Sequence[int], free: int) -> list[int]:
    """The widths with the widest made less, until they fit or each is at its least."""
    found = list(widths)
    while sum(found) > free and (loose := [place for place, width in enumerate(found) if width > least[place]]):
        found[max(loose, key=found.__getitem__)] -= 1
    return found


def _longest_line(cell: str) -> int:
    return max(map(cell_len, cell.split("\n")))


def _longest_word(cell: str) -> int:
    return min(_WORD, max(map(cell_len, _BETWEEN.split(cell))))
