"""Aya red-teaming (Aakanksha et al., 2024): prompts of eight languages, each of its own, with a literal translation."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from ...languages import canonical_tag
from .fields import read_fields
from .multijail import tag_list
from .row import Row

SOURCE = "Aya red-teaming"
FIELDS = ("prompt", "language", "harm_category", "literal_translation")
_NAMED = "english:en hindi:hi french:fr spanish:es arabic:ar russian:ru serbian:sr filipino:tl tagalog:tl"
_TAGS = dict(item.split(":") for item in _NAMED.split())  # what the files say, where it is no code -> tag


def is_here(record: Mapping[str, Any]) -> bool:
    """Whether a record has its fields."""
    return all(name in record for name in FIELDS)


def read(path: Path) -> Iterator[Row]:
    """Rows of one file; see :func:`of_fields`."""
    yield from of_fields(read_fields(path))


def of_fields(rows: Iterable[Row]) -> Iterator[Row]:
    """A group of each row, harmful. The prompts are not parallel: a group has one language, and English beside it.

    The English is the literal translation that people wrote, so that there is a pivot; ``provenance`` says so.
    ``global_or_local`` and other fields are kept.
    """
    for row in rows:
        yield row._replace(record=_record(row)) if row.has_object else row


def _record(row: Row) -> dict[str, Any]:
    cells = row.record
    said = str(cells.get("language", "")).strip()
    tag = _TAGS.get(said.lower(), canonical_tag(said))
    prompts = {tag: cells.get("prompt")}
    literal = cells.get("literal_translation")
    record = {name: value for name, value in cells.items() if name not in FIELDS and value not in (None, "")}
    if tag != "en" and isinstance(literal, str) and literal.strip():
        prompts = {"en": literal, **prompts}
        record["provenance"] = {"en": "literal translation of Aya red-teaming"}
    harm = cells.get("harm_category")
    categories = harm if isinstance(harm, list) else tag_list(str(harm or ""))
    category = {"category": "; ".join(map(str, categories))} if categories else {}
    names = {"id": f"aya-{tag}-{row.line:04d}", "pivot": "en", "kind": "harmful", "source": SOURCE}
    return record | names | category | {"prompts": prompts}
