"""The calibration that is where one goes: an earlier state of the same labels, or another that nobody wants to lose."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_WHOSE = ("model_hash", "model")  # weights tell more than a name, and older files have no hash


def goes_on(earlier: Mapping[str, Any], record: Mapping[str, Any]) -> bool:
    """Whether a calibration has all that an earlier one has: its sheets, of the same responses, for the same judge.

    What is in the sheets may have changed: to label more and calibrate again is the ordinary work.

    Args:
        earlier: what the file holds that is there; it may be anything.
        record: what it would hold.
    """
    before, now = earlier.get("labels"), record["labels"]
    if not isinstance(before, Mapping) or any(earlier.get(name) != record[name] for name in ("judge", "version")):
        return False
    sheets = _sheets(before)
    return (
        before.get("evaluation") == now["evaluation"]
        and not _differs(before, now, "prompts_hash")
        and not _differs(before, now, *_WHOSE)
        and bool(sheets)
        and sheets <= _sheets(now)
    )


def _differs(before: Mapping[str, Any], now: Mapping[str, Any], *names: str) -> bool:
    """Whether they differ in the first of these that both say."""
    for name in names:
        if before.get(name) and now.get(name):
            return bool(before[name] != now[name])
    return False


def _sheets(labels: Mapping[str, Any]) -> set[str]:
    """The sheets' names."""
    found = labels.get("sheets")
    return {str(one.get("file")) for one in found if isinstance(one, Mapping)} if isinstance(found, list) else set()
