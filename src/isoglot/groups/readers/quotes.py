"""Cells of CSV that a spreadsheet would take for formulas: a quote in front, which reading takes away again."""

from __future__ import annotations

import re
from typing import Any

_FORMULA = re.compile(r"'*[=+\-@\t\r]")


def with_quote(text: str) -> str:
    """The text with a quote in front if a spreadsheet would calculate it; texts that begin with such quotes as well.

    Example:
        >>> with_quote("=1+1"), with_quote("'=1+1"), with_quote("plain")
        ("'=1+1", "''=1+1", 'plain')
    """
    return f"'{text}" if _FORMULA.match(text) else text


def without_quote(cell: Any) -> Any:
    """What :func:`with_quote` was given; other cells as they are."""
    return cell[1:] if isinstance(cell, str) and cell[:1] == "'" and _FORMULA.match(cell) else cell
