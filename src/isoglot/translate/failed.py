"""What was left out of a translation, in a file: one cell a line, with what each translator made of it."""

from __future__ import annotations

from typing import Any

from ..files import as_json
from .attempts import Attempt, weight_of
from .chain import Result
from .report import reason_of


def failed_line(group: str, source: str, target: str, result: Result) -> str:
    """The line of a cell.

    Args:
        group: its id.
        source: tag of the language that it was to be translated from.
        target: its own tag.
        result: what was tried.
    """
    record = {
        "id": group,
        "language": target,
        "source_language": source,
        "reason": reason_of(result),
        "attempts": [_record(one) for one in result.attempts],
    }
    return as_json(record) + "\n"


def _record(one: Attempt) -> dict[str, Any]:
    if one.prompt is None:
        return {"backend": one.asks.name, "error": one.error, "lasting": one.lasting}
    findings = [{"reason": finding.reason, "detail": finding.detail} for finding in one.findings]
    return {
        "backend": one.asks.name,
        "translation": one.prompt,
        "score": weight_of(one.score),
        "findings": findings,
    }
