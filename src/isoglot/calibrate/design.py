"""``labels.json``: which responses a sheet of labels is of, and how they were drawn."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..errors import problem
from ..runs.json_file import read_object
from ..validation import Count, Record, checked
from .judged import JudgedFolder
from .strata import Sample

DESIGN = "labels.json"
SHEET = "labels.csv"
NAME_IT = "Give the right --run, and --evaluation where it has several"  # of labels of another evaluation
LABELS = "labels"  # the folder of both in the evaluation's, where no other is named


class DesignStratum(Record):
    """Responses that were drawn from together; see :class:`~isoglot.calibrate.strata.Stratum`."""

    kind: str
    language: str
    judge_says: tuple[str, ...]
    size: Count
    drawn: Count
    inclusion: float


class Design(Record):
    """How a sample was drawn.

    Attributes:
        evaluation: the folder, relative to that of this file where both have one root.
        prompts_hash: of the evaluation's prompts.
        judge, judge_version: whose verdicts it is stratified by.
        languages: that were drawn from.
        seed: of the draw.
        n: responses drawn.
        failed: responses that the judge failed on; they are not drawn from.
        strata: with sizes and draws.
    """

    evaluation: str
    prompts_hash: str = ""
    judge: str
    judge_version: str = ""
    languages: tuple[str, ...] = ()
    seed: int = 0
    n: Count = 0
    failed: Count = 0
    strata: Sequence[DesignStratum] = ()

    def folder(self, sheet_folder: Path) -> Path:
        """The evaluation's folder.

        Args:
            sheet_folder: the folder that ``labels.json`` lies in.
        """
        return sheet_folder / self.evaluation


def design_of(found: JudgedFolder, sample: Sample, *, seed: int, sheet_folder: Path) -> dict[str, Any]:
    """What ``labels.json`` holds.

    Args:
        found: the evaluation.
        sample: what was drawn.
        seed: of the draw.
        sheet_folder: the folder that it will lie in.
    """
    strata = [
        {
            "kind": one.kind,
            "language": one.language,
            "judge_says": list(one.classes),
            "size": one.size,
            "drawn": one.drawn,
            "inclusion": one.inclusion,
        }
        for one in sample.strata
    ]
    return {
        "evaluation": os.path.relpath(found.folder.absolute(), sheet_folder.absolute()),
        "prompts_hash": str(found.protocol.get("prompts_hash") or ""),
        "judge": found.judge,
        "judge_version": found.version,
        "languages": sorted({one.language for one in sample.strata}),
        "seed": seed,
        "n": len(sample.pairs),
        "failed": found.failed,
        "strata": strata,
    }


def read_design(folder: Path) -> Design | None:
    """The design that lies in a folder; None if there is none.

    Raises:
        RunError, DataError: for a file that holds something else.
    """
    path = folder / DESIGN
    said = read_object(path, "the design of a sample of labels", "Give the evaluation with --run")
    return checked(Design, said, str(path)) if said else None


def refused(design: Design, found: JudgedFolder, path: Path) -> list[str]:
    """Why labels of this design say nothing of these verdicts, in sentences; nothing if they do."""
    there, problems = str(found.protocol.get("prompts_hash") or ""), []
    if design.prompts_hash != there:
        expected = f"labels of the prompts of {found.folder}, {there or 'of no known hash'}"
        problems.append(problem(str(path), expected, design.prompts_hash or "of no known hash", NAME_IT))
    if (design.judge, design.judge_version) != (found.judge, found.version):
        expected = f"labels drawn by verdicts of {found.judge}, version {found.version or 'not known'}"
        got = f"by those of {design.judge}, version {design.judge_version or 'not known'}"
        step = "Draw a sample with isoglot label, or judge with that version again"
        problems.append(problem(str(path), expected, got, step))
    return problems
