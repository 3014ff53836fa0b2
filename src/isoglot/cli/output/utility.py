"""What a model can do besides, as tables: a table for each task."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .console import print_table, put
from .shares import percent, with_interval


def show_utility(metrics: Mapping[str, Any]) -> None:
    """A table for each task, if there are any."""
    for name, task in metrics.get("utility", {}).get("tasks", {}).items():
        against = "difference" in task
        generated = any("own" in one for one in task["languages"].values())
        columns = ["language", "n", "score (95 %)"]
        columns += ["answered in own language", "empty"] if generated else []
        columns += ["difference to the base (95 %)"] if against else []
        rows = [_row(tag, one, generated=generated, against=against) for tag, one in task["languages"].items()]
        print_table(f"utility: {name}", columns, rows)
        change = f"; difference to the base {_points(task['difference'])}" if against else ""
        lacks = f"; there is none in {', '.join(task['missing'])}" if task["missing"] else ""
        put(f"Mean of languages: {with_interval(task['mean'])}{change}{lacks}\n")
        if silent := {tag: found for tag, one in task["languages"].items() if (found := one.get("empty_finish"))}:
            put(f"Answers without a text, which are in the score, by why they ended: {_counts(silent)}\n")
    if asked := metrics.get("utility", {}).get("asked"):
        put(f"Asked {'with' if asked['chat_template'] else 'without'} a chat template.\n")


def _counts(by_language: Mapping[str, Mapping[str, int]]) -> str:
    """``en 2 (tool_calls), sw 3 (stop 2, content_filter 1)``."""
    said = []
    for tag, found in by_language.items():
        each = [f"{name} {count}" for name, count in found.items()] if len(found) > 1 else list(found)
        said.append(f"{tag} {sum(found.values())} ({', '.join(each)})")
    return ", ".join(said)


def _row(tag: str, one: Mapping[str, Any], *, generated: bool, against: bool) -> list[str]:
    cells = [tag, str(one["score"]["n"]), with_interval(one["score"])]
    cells += [percent(one.get(name, {}).get("value")) for name in ("own", "empty")] if generated else []
    return cells + ([_points(one["difference"]) if "difference" in one else "–"] if against else [])


def _points(found: Mapping[str, Any]) -> str:
    from ...pages.words import points
    from ...validation import as_number

    return points(*(as_number(found[name]) for name in ("value", "low", "high")))
