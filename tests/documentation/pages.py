"""Reads the pages of the documentation: what stands under a heading, its tables, the numbers of a cell."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?")


def under(page: str, heading: str) -> str:
    """The text under a heading of a page, up to the next heading of any level."""
    parts = re.split(r"^(#+ .*)$", (ROOT / page).read_text(encoding="utf-8"), flags=re.MULTILINE)
    found = [text for title, text in zip(parts[1::2], parts[2::2], strict=True) if title.lstrip("# ") == heading]
    assert len(found) == 1, f"{page} has {len(found)} headings {heading!r}"
    return found[0]


def tables(text: str) -> list[list[list[str]]]:
    """Every table of a text: its rows of cells, the head first, without bold marks."""
    found: list[list[list[str]]] = [[]]
    for line in text.splitlines():
        if not line.startswith("|"):
            found.append([])
        elif not re.fullmatch(r"[|\s:-]+", line):
            found[-1].append([cell.strip().strip("*").strip() for cell in line.strip().strip("|").split("|")])
    return [table for table in found if len(table) > 1]


def numbers(cell: str) -> list[str]:
    """The numbers of a cell in their order, as written: ``91 (88–93)`` has three."""
    return _NUMBER.findall(cell.replace("−", "-"))


def differs(written: str, value: float) -> bool:
    """Whether a number of a page is not the value, rounded to as many digits; a half may go either way."""
    digits = len(written.partition(".")[2])
    return abs(float(written) - value) > 0.5 * 10**-digits + 0.006  # the files themselves are rounded, too


def wrong(cell: str, values: tuple[float, ...], where: str) -> Iterator[str]:
    """What of a cell's numbers is not a value of the same place; values beyond its numbers are not asked for."""
    found = numbers(cell)
    if not found:
        yield f"{where}: no number in {cell!r}"
    yield from (
        f"{where}: {cell!r} has {one}, expected {value:.2f}"
        for one, value in zip(found, values, strict=False)
        if differs(one, value)
    )


def lines_of(file: str) -> list[dict[str, str]]:
    """The rows of a CSV file in docs/results."""
    with open(ROOT / "docs" / "results" / file, encoding="utf-8", newline="") as opened:
        return list(csv.DictReader(opened))
