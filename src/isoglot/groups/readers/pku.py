"""The two file shapes of the paper's PKU-SafeRLHF data: the test file and the parallel set."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from .row import Row, read_lines, read_list

SOURCE = "PKU-SafeRLHF (multilingual)"
_PREFIX = "prompt_"


def read_test(path: Path) -> Iterator[Row]:
    """Rows of the test file: JSON lines with ``prompt``, ``prompt_xx`` as ``[{"from", "value"}]``.

    All other fields (the English ``chosen`` and ``rejected`` answers) are kept as extra ones of the record.
    """
    return _groups(read_lines(path), "pku-test", "prompt")


def read_parallel(path: Path) -> Iterator[Row]:
    """Rows of the parallel set: one JSON list of ``instruction``, ``output`` and ``prompt_xx`` as strings.

    All other fields that are not empty are kept as extra ones of the record.
    """
    return _groups(read_list(path), "pku", "instruction")


def _groups(rows: Iterable[Row], name: str, english: str) -> Iterator[Row]:
    """The rows as groups, whose ids are the name and the line; ``english`` is the field of the English prompt."""
    for row in rows:
        identifier = f"{name}-{row.line:04d}"
        yield row._replace(record=_harmful(identifier, row.record, english=english)) if row.has_object else row


def _harmful(identifier: str, record: dict[str, Any], *, english: str) -> dict[str, Any]:
    """The group's record: prompts, and what else there is under names that a group has no use of its own for."""
    prompts = {"en": _value(record.get(english))}
    rest = {}
    for key, value in record.items():
        if key.startswith(_PREFIX):
            prompts.setdefault(key.removeprefix(_PREFIX), _value(value))
        elif key != english and value not in ("", None):
            rest[key] = _value(value)
    return rest | {"id": identifier, "pivot": "en", "kind": "harmful", "prompts": prompts, "source": SOURCE}


def _value(turns: Any) -> Any:
    """The text of ``[{"from", "value"}]`` or ``{"from", "value"}``; anything else as it is, for the checks to see."""
    if isinstance(turns, list) and len(turns) == 1:
        turns = turns[0]
    return turns["value"] if isinstance(turns, dict) and "value" in turns else turns
