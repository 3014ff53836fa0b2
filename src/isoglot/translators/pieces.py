"""What stays as it is in a translation (code, addresses, placeholders, tags), and the marks that stand for it.

The one definition: translators keep it, and a check looks whether it was kept.
"""

from __future__ import annotations

import re
from itertools import count
from typing import NamedTuple

# Markdown's blocks of code; one that is not closed goes to the end.
FENCED = re.compile(
    r"^ {0,3}(?P<fence>`{3,}(?=[^`\n]*$)|~{3,})[^\n]*(?:\n.*?)??(?:^ {0,3}(?P=fence)[`~]*[ \t]*$|\Z)", re.M | re.S
)
# Each of one kind: where several fit a place, the first.
_PIECE = re.compile(
    r"""
      (?P<code>(?<!`)(?P<ticks>`+)(?!`)[^\n]{1,2000}?(?<!`)(?P=ticks)(?!`))   # `code`
    | (?P<address>(?:https?|ftp|file)://[^\s<>"'`，。、）]*[^\s<>"'`.,;:!?)\]}。，、）؟،]  # without a sentence's signs
        | \bwww\.[\w-]+\.[^\s<>"'`，。、）]*[\w/])
    | (?P<email>(?<![\w.+-])[\w.+-]{1,64}@[\w-]+(?:\.[\w-]+)+)
    | (?P<mention>(?<![\w@])@\w+)
    | (?P<placeholder><[A-Za-z_][\w-]*>                          # <name>
        | \{\{[^{}\n]{0,60}\}\} | \$?\{[\w.:!+\-*\ ,\[\]()$%]{0,60}\}    # {{ x }}, {name}, {0:.2f}, ${HOME}
        | %\([\w.]+\)[sdif] | %(?:\d+\$)?[-+0]?\d*(?:\.\d+)?[sdifxX](?![\w%])  # %(name)s, %s, %1$s, %.2f
        | (?<![\w$])\$[A-Za-z_]\w*
        | \[[A-Z][A-Z0-9_]*(?:[ _-][A-Z0-9_]+)*\])               # [NAME], [YOUR CITY]
    | (?P<tag><[|｜][^<>\n]{1,60}[|｜]> | <!--[^\n]{0,500}?-->     # <|end|>
        | </?[A-Za-z][A-Za-z0-9]{0,10}(?:\s[^<>\n=]{1,40}=[^<>\n]{0,200})?\s?/?>)
    | (?P<blank></?[A-Za-z][^<>\n]{0,200}>)                      # <your name>
    | (?P<entity>&(?:[A-Za-z]{2,8}|\#\d{2,6}|\#[xX][0-9a-fA-F]{2,6});)
    | (?P<path>(?<![\w/.~])(?:~|\.{1,2})?(?:/[\w.-]+){2,}/? | \b[A-Za-z]:\\[^\s<>"'`]+)
    """,
    re.VERBOSE,
)
_SIGN = re.compile(r"[`@<{%$\[&\\/]|www\.|~~~")  # one of these is in each piece, and none in most texts
_MARK = re.compile(r"[\[［【〔]\s*(\d{1,6})\s*[\]］】〕]")


class Piece(NamedTuple):
    """What stays as it is.

    Attributes:
        kind: ``code``, ``address``, ``email``, ``mention``, ``placeholder``, ``tag``, ``blank``, ``entity``, ``path``.
        text: letter for letter.
    """

    kind: str
    text: str


def pieces(text: str) -> list[Piece]:
    """What stays as it is in any translation of a text.

    Example:
        >>> [tuple(piece) for piece in pieces("Hi {name}, see https://a.example/x.")]
        [('placeholder', '{name}'), ('address', 'https://a.example/x')]
    """
    if not _SIGN.search(text):
        return []
    blocks = [Piece("code", block[0]) for block in FENCED.finditer(text)]
    prose = FENCED.sub("\n", text) if blocks else text
    return [*blocks, *(Piece(found.lastgroup or "", found[0]) for found in _PIECE.finditer(prose))]


def without_pieces(text: str) -> str:
    """The text with a space in place of what stays as it is."""
    return _PIECE.sub(" ", FENCED.sub(" ", text)) if _SIGN.search(text) else text


class Masked(NamedTuple):
    """A text with marks for its pieces.

    Attributes:
        text: with ``[1]``, ``[2]`` ... in their places: reference marks, which engines leave alone.
        pieces: number of a mark -> what stands there.
    """

    text: str
    pieces: dict[int, str]


def masked(text: str) -> Masked:
    """The text with marks in place of what has to stay; their numbers are none that the text has in brackets itself.

    Example:
        >>> masked("Hi {name}, see https://a.example/x.")
        Masked(text='Hi [1], see [2].', pieces={1: '{name}', 2: 'https://a.example/x'})
    """
    if not _SIGN.search(text):
        return Masked(text, {})
    taken = {int(mark[1]) for mark in _MARK.finditer(text)}
    free = (number for number in count(1) if number not in taken)
    pieces: dict[int, str] = {}

    def mark(found: re.Match[str]) -> str:
        pieces[number := next(free)] = found[0]
        return f"[{number}]"

    return Masked(_PIECE.sub(mark, text), pieces)


def restored(translation: str, pieces: dict[int, str]) -> str | None:
    """The translation with the pieces back in their places; None if a mark was lost or doubled.

    Marks count in any digits and brackets: translators make ``【１】`` or ``[١]`` of ``[1]``.

    Example:
        >>> restored("Wote, [١]!", {1: "{name}"}), restored("Wote!", {1: "{name}"})
        ('Wote, {name}!', None)
    """
    found = [int(mark[1]) for mark in _MARK.finditer(translation)]
    if any(found.count(number) != 1 for number in pieces):
        return None
    return _MARK.sub(lambda mark: pieces.get(int(mark[1]), mark[0]), translation)


def marks_in(text: str, pieces: dict[int, str]) -> dict[int, str]:
    """Those of some pieces whose marks stand in a part of the text."""
    return {number: pieces[number] for mark in _MARK.finditer(text) if (number := int(mark[1])) in pieces}


def between(text: str, pieces: dict[int, str]) -> list[tuple[str, bool]]:
    """A text with marks in parts: what stands between them, and the pieces themselves, each with whether it is one.

    Example:
        >>> between("Hi [1], come.", {1: "{name}"})
        [('Hi ', False), ('{name}', True), (', come.', False)]
    """
    parts, end = [], 0
    for mark in _MARK.finditer(text):
        if (piece := pieces.get(int(mark[1]))) is not None:
            parts += [(text[end : mark.start()], False), (piece, True)]
            end = mark.end()
    return [part for part in [*parts, (text[end:], False)] if part[0]]
