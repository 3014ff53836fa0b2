"""A sample for people to label: a sheet, a page, and the design by which it was drawn."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from ..errors import ConfigError, DataError, RunError, problem, unknown
from ..escaping import csv_cell
from ..files import write_json, write_text
from ..languages import among
from ..runs.folder import refuse_file
from .design import DESIGN, LABELS, SHEET, design_of
from .judged import JudgedFolder, Pair, read_judged
from .page import render, whole_prompt
from .strata import Sample, draw, response_id

PAGE = "labels.html"
COLUMNS = ("id", "group", "language", "sample", "kind", "prompt", "response", "outcome", "refusal", "note")


class Written(NamedTuple):
    """What was written.

    Attributes:
        folder: where.
        design: what ``labels.json`` holds.
    """

    folder: Path
    design: dict[str, Any]


_UNICODE = "\ufeff"  # by which Excel knows that a CSV is UTF-8


def write_sheet(
    evaluation: Path,
    output: Path | None = None,
    *,
    n: int = 200,
    judge: str | None = None,
    languages: Sequence[str] | None = None,
    seed: int = 0,
) -> Written:
    """Draws a sample of responses and writes it for people to label, without what the judge says of them.

    Args:
        evaluation: its folder.
        output: a folder; None: ``labels`` in the evaluation's.
        n: how many responses; all, if there are no more.
        judge: by whose verdicts it is stratified; None: the judge that the folder's numbers are of.
        languages: only these; None: all.
        seed: of the draw; the same one draws the same sample.

    Raises:
        DataError: without responses or verdicts.
        ConfigError: for a language that the evaluation does not have, or too small an ``n``.
        RunError: if the folder has a sheet: it may be filled.
    """
    found = read_judged(evaluation, judge)
    pairs = _of_languages(found, languages)
    folder = evaluation / LABELS if output is None else output
    refuse_file(folder)
    there = [name for name in (SHEET, PAGE, DESIGN) if (folder / name).exists()]
    if there:
        step = "Choose another folder with -o, so that labels are not lost"
        raise RunError(problem(str(folder), "a folder without labels", ", ".join(there), step))
    sample = draw(pairs, n, seed)
    design = design_of(found, sample, seed=seed, sheet_folder=folder)
    write_text(folder / SHEET, _UNICODE + _sheet(sample))
    write_text(folder / PAGE, render(sample, _pivot_prompts(found), evaluation.resolve().name))
    write_json(folder / DESIGN, design)
    return Written(folder, design)


def _of_languages(found: JudgedFolder, languages: Sequence[str] | None) -> list[Pair]:
    pairs = found.known
    there = dict.fromkeys(response.language for response, _ in pairs)
    wrong = [unknown("--languages", "language", tag, there) for tag in languages or () if among(tag, there) is None]
    if wrong:
        raise ConfigError("\n".join(wrong))
    if not pairs:
        raise DataError(problem(str(found.folder), "verdicts", f"none of {found.judge}", "Run isoglot judge"))
    meant = there if languages is None else {among(tag, there) for tag in languages}
    return [pair for pair in pairs if pair[0].language in meant]


def _pivot_prompts(found: JudgedFolder) -> dict[str, str]:
    """Prompt group -> its prompt in the pivot language, where the evaluation has it."""
    return {one.group: one.prompt for one, _ in found.pairs if one.language == one.pivot}


def _sheet(sample: Sample) -> str:
    """``labels.csv``: a row for each response, the columns of the label empty."""
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(COLUMNS)
    for response, _ in sample.pairs:
        known = (response_id(response), response.group, response.language, str(response.sample), response.kind or "")
        cells = [*known, whole_prompt(response), response.response, "", "", ""]
        rows.writerow([csv_cell(cell) for cell in cells])
    return text.getvalue()
