"""The two file shapes of the paper's PKU-SafeRLHF data: the test file and the parallel set."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .row import Row, read_lines, read_list

SOURCE = "PKU-SafeRLHF (multilingual)"
_PREFIX = "prompt_"


def read_test(path: Path) -> Iterator[Row]:
    """Rows of the test file: JSON lines with ``prompt``, ``prompt_xx`` as ``[{"from", "value"}]``.

    The English ``chosen`` and ``rejected`` answers are kept as extra fields of the record.
    """
    for row in read_lines(path):
        if row.reason or not isinstance(row.record, dict):
            yield row
            continue
        record = row.record
        prompts = {"en": _value(record.get("prompt"))} | _others(record)
        answers = {key: _value(record[key]) for key in ("chosen", "rejected") if key in record}
        yield row._replace(record=_harmful(f"pku-test-{row.line:04d}", prompts) | answers)


def read_parallel(path: Path) -> Iterator[Row]:
    """Rows of the parallel set: one JSON list of ``instruction``, ``output`` and ``prompt_xx`` as strings."""
    for number, item in enumerate(read_list(path), start=1):
        if not isinstance(item, dict):
            yield Row(path, number, item)
            continue
        prompts = {"en": item.get("instruction")} | _others(item)
        yield Row(path, number, _harmful(f"pku-{number:04d}", prompts) | {"output": item.get("output")})


def _harmful(identifier: str, prompts: dict[str, Any]) -> dict[str, Any]:
    return {"id": identifier, "pivot": "en", "kind": "harmful", "prompts": prompts, "source": SOURCE}


def _others(record: dict[str, Any]) -> dict[str, Any]:
    found = {key[len(_PREFIX) :]: _value(value) for key, value in record.items() if key.startswith(_PREFIX)}
    found.pop("en", None)
    return found


def _value(turns: Any) -> Any:
    """The text of ``[{"from", "value"}]`` or ``{"from", "value"}``; anything else as it is, for the checks to see."""
    if isinstance(turns, list) and len(turns) == 1:
        turns = turns[0]
    return turns["value"] if isinstance(turns, dict) and "value" in turns else turns
