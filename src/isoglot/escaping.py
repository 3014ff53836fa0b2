"""Text that strangers wrote: made harmless for terminals, pages, Markdown and spreadsheets."""

from __future__ import annotations

import re

# Control characters, which move a terminal's cursor or set its title, become their pictures; what turns the direction
# of other text around becomes its code; halves of a surrogate pair (JSON lets them through) and non-characters, which
# no file can hold, become the replacement character.
_HIDDEN: dict[int, int | str] = {
    **{code: 0x2400 + code for code in range(0x20) if chr(code) not in "\n\t"},
    0x7F: 0x2421,
    **{code: f"\u27e8U+{code:04X}\u27e9" for code in (*range(0x202A, 0x202F), *range(0x2066, 0x206A))},
    **dict.fromkeys([*range(0x80, 0xA0), *range(0xD800, 0xE000), 0xFFFE, 0xFFFF], 0xFFFD),
}
_CONTROLS = r"\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f"  # all but tabs and line breaks
CONTROL = re.compile(f"[{_CONTROLS}]")  # what no text needs
UNSEEN = re.compile(rf"[{_CONTROLS}\u202a-\u202e\u2066-\u2069]")  # and what turns a direction around
_RAW_IN_JSON = re.compile(f"[{''.join(map(chr, sorted(code for code in _HIDDEN if code >= 0x20)))}]")
_FORMULA = re.compile(r"[=+\-@\t\r]")


def visible(text: str) -> str:
    r"""The text with every character shown that would act on a terminal or a page without being seen.

    Line breaks and tabs stay; so do marks that languages need, such as the joiners of Persian. What is put in their
    place means nothing in HTML.

    Example:
        >>> visible("a\x1b[2Jb"), visible("Zeile\r\nZwei")
        ('a␛[2Jb', 'Zeile\nZwei')
    """
    return text.replace("\r\n", "\n").translate(_HIDDEN)


def whole(text: str) -> str:
    r"""The text with the replacement character for halves of surrogate pairs, which can be neither sent nor encoded.

    Example:
        >>> whole("a\ud800b"), whole("ab")
        ('a\ufffdb', 'ab')
    """
    if text.isascii():
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def in_json(text: str) -> str:
    r"""JSON with an escape for each such character, which JSON lets stand as it is: the same values, harmless to show.

    Example:
        >>> in_json('{"a": "\u202e"}')
        '{"a": "\\u202e"}'
    """
    return _RAW_IN_JSON.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def csv_cell(text: str) -> str:
    """A cell of a CSV file, visible, that no spreadsheet takes for a formula: what is no number gets a quote in front.

    Example:
        >>> csv_cell("=1+1"), csv_cell("-0.5"), csv_cell("plain")
        ("'=1+1", '-0.5', 'plain')
    """
    text = visible(text)
    if not _FORMULA.match(text):
        return text
    try:
        float(text)
    except ValueError:
        return f"'{text}"
    return text


def code(text: str) -> str:
    """As code within a line of Markdown, whatever it holds.

    Example:
        >>> code("a_b*"), code("tick`s"), code("<b>")
        ('`a_b*`', '`` tick`s ``', '`<b>`')
    """
    line = " ".join(visible(text).split())
    fence = _fence(line, 1)
    return f"{fence}{line}{fence}" if line and "`" not in line else f"{fence} {line} {fence}"


def code_block(text: str, language: str = "") -> str:
    """As a block of code in Markdown, whatever it holds."""
    fence = _fence(text, 3)
    return f"{fence}{language}\n{visible(text).rstrip()}\n{fence}"


def _fence(text: str, least: int) -> str:
    """Backticks, more than stand together anywhere in the text."""
    return "`" * max(least, 1 + max(map(len, re.findall("`+", text)), default=0))
