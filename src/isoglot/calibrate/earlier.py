"""The calibration that is where one goes: an earlier state of the same labels, or another that nobody wants to lose."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..errors import short, some

_TOLD = 3
_WHOSE = ("model_hash", "model")  # weights tell more than a name, and older files have no hash


def another(earlier: Mapping[str, Any], record: Mapping[str, Any]) -> str:
    """What of an earlier calibration the new one does not have, so that it would be lost; empty where it has all.

    All of it are the judge, the responses and the sheets. What is in the sheets may have changed: to label more and
    calibrate again is the ordinary work.

    Args:
        earlier: what the file holds that is there; it may be anything.
        record: what it would hold.
    """
    before, now = earlier.get("labels"), record["labels"]
    if not isinstance(before, Mapping):
        return "another file"
    if any(earlier.get(name) != record[name] for name in ("judge", "version")):
        return "the calibration of another judge or version"
    if before.get("evaluation") != now["evaluation"] or _differs(before, now, "prompts_hash"):
        return "the calibration on another evaluation"
    if _differs(before, now, *_WHOSE):
        return "the calibration on another model"
    sheets = _sheets(before)
    if not sheets:
        return "the calibration on no known sheets"
    lost = [one for one in sheets if not any(_is_same(one, other) for other in now["sheets"])]
    names = some((short(str(one.get("path") or one.get("file"))) for one in lost), _TOLD)
    return f"the calibration on {names}, not among these sheets" if lost else ""


def _differs(before: Mapping[str, Any], now: Mapping[str, Any], *names: str) -> bool:
    """Whether they differ in the first of these that both say."""
    for name in names:
        if before.get(name) and now.get(name):
            return bool(before[name] != now[name])
    return False


def _sheets(labels: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    found = labels.get("sheets")
    return [one for one in found if isinstance(one, Mapping)] if isinstance(found, list) else []


def _is_same(before: Mapping[str, Any], now: Mapping[str, Any]) -> bool:
    """Whether a sheet is the one of before: with the same content under any name, or in the same place with more in it.

    A name alone says nothing, since copies for several people have the same; what earlier versions wrote has no more.
    """
    if before.get("hash") == now["hash"]:
        return True
    return bool(before["path"] == now["path"] if "path" in before else before.get("file") == now["file"])
