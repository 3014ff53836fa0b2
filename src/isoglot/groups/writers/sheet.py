"""A sheet for translators: a row for each group, a column for each language, in CSV, TSV or XLSX."""

from __future__ import annotations

import csv
import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from ...errors import DataError, problem, raise_all, short, some
from ...files import written_whole
from ..group import PromptGroup
from ..readers.columns import OWN, ROLES
from ..readers.quotes import with_quote
from .xlsx import write_rows

SHEETS = (".csv", ".tsv", ".xlsx")


def write_sheet(groups: Sequence[PromptGroup], path: Path) -> None:
    """Writes a sheet that :func:`~isoglot.groups.readers.table.read` reads back: the same ids, prompts and texts.

    Columns are ``id``, ``kind``, ``pivot``, ``category``, ``source``, ``prompts.<tag>``, and what else groups have as
    text. In CSV and TSV a cell that a spreadsheet would calculate (``=1+1``) gets a quote in front, which reading
    takes away; a byte-order mark says that it is UTF-8. A warning says what a sheet does not hold.

    Args:
        groups: their prompts must be texts.
        path: with a suffix of ``SHEETS``.

    Raises:
        DataError: for prompts that are conversations, which a cell cannot hold, and texts too long for a workbook.
    """
    talks = [group.id for group in groups for prompt in group.prompts.values() if not isinstance(prompt, str)]
    step = "Write a .jsonl, or take them out"
    found = [
        problem(f"{path}, group {short(name)}", "texts, which a cell can hold", "messages", step) for name in talks
    ]
    raise_all(list(dict.fromkeys(found)), DataError)
    # In the order in which groups have them, which is the order that they are read back in.
    languages = list(dict.fromkeys(tag for group in groups for tag in group.prompts))
    extra = _texts_besides(groups)
    names = [*ROLES, *(OWN + tag for tag in languages), *extra]

    def rows() -> Iterator[list[str]]:
        yield names
        for group in groups:
            said = [getattr(group, name) or "" for name in ROLES]
            prompts = dict(group.prompts.items())
            rest = [str(group.extra.get(name, "")) for name in extra]
            yield [*said, *(str(prompts.get(tag, "")) for tag in languages), *rest]

    with written_whole(path) as aside:
        if path.suffix.lower() == ".xlsx":
            write_rows(aside, rows(), str(path))
        else:
            _write_separated(aside, rows(), "\t" if path.suffix.lower() == ".tsv" else ",")
    if left := _left(groups, extra):
        counts = some((f"{name} ({count:,} groups)" for name, count in left.items()), 8)
        warnings.warn(f"{path}: a sheet does not hold {counts}. isoglot groups merge joins them again.", stacklevel=3)


def _write_separated(path: Path, rows: Iterable[list[str]], between: str) -> None:
    with open(path, "w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, delimiter=between, lineterminator="\r\n")
        writer.writerows([with_quote(cell) for cell in row] for row in rows)


def _texts_besides(groups: Iterable[PromptGroup]) -> list[str]:
    """Names of what else groups have, where all of it is text and a column can have that name."""
    is_text: dict[str, bool] = {}
    for group in groups:
        for name, value in group.extra.items():
            is_text[name] = is_text.get(name, True) and isinstance(value, str) and value != ""
    return [name for name, text in is_text.items() if text and _can_be_column(name)]


def _can_be_column(name: str) -> bool:
    return bool(name) and name == name.strip() == with_quote(name) and not name.startswith(OWN)


def _left(groups: Iterable[PromptGroup], extra: Sequence[str]) -> dict[str, int]:
    has: list[tuple[str, Callable[[PromptGroup], object]]] = [
        ("weights", lambda group: group.weights),
        ("provenance", lambda group: group.provenance),
    ]
    left = Counter[str]()
    for group in groups:
        left.update(name for name, get in has if get(group))
        left.update(name for name in group.extra if name not in extra)
    return dict(left)
