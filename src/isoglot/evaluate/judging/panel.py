"""A panel's verdicts, made of its members' on disk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ...files import written_whole
from ...judges.panel import Panel
from ...measures import Judged
from ...runs import verdict_line
from ...runs.judged import judges_of, verdicts_path
from .one_judge import Evaluation, finish, without_text
from .side_by_side import side_by_side


def judge_by_panel(folder: Path, protocol: Mapping[str, Any], panel: Panel) -> Evaluation:
    """Gives a panel's verdicts from its members' on disk; writes what any judge's are written to."""
    judged: list[Judged] = []
    failed: list[str] = []
    members = list(panel.members)
    with (
        written_whole(verdicts_path(folder, panel.name)) as aside,
        open(aside, "w", encoding="utf-8", newline="") as file,
    ):
        for response, verdicts in side_by_side(folder, members):
            verdict = panel.verdict(verdicts, response.kind)
            file.write(verdict_line(response, verdict))
            judged.append((without_text(response), verdict.bare()))
            if verdict.outcome is None:
                failed.append(verdict.error)
    return finish(
        folder, protocol, panel, judged, failed, {"judge_members": dict(panel.members), **_covered(folder, members)}
    )


def _covered(folder: Path, members: Sequence[str]) -> dict[str, Any]:
    """The languages that all members of a panel were made for; nothing where none says which."""
    said = [protocol.get("judge_languages") for name, protocol in judges_of(folder).items() if name in members]
    sets = [set(map(str, tags)) for tags in said if isinstance(tags, list)]
    return {"judge_languages": sorted(set.intersection(*sets))} if sets else {}
