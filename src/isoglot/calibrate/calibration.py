"""Filled sheets and a judge's verdicts to ``calibration.<judge>.json``."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from ..errors import ConfigError, DataError, RunError, problem, raise_all
from ..extras import need
from ..files import sampled_hash, write_json
from ..runs.calibration import FOLDER, JudgeErrors, calibration_file
from ..runs.json_file import readable_object
from ..runs.judged import judges_of
from .design import DESIGN, NAME_IT, Design, read_design, refused
from .drawn import drawn_there
from .earlier import another
from .judged import JudgedFolder, Pair, read_judged
from .labels import Sheets, read_sheets
from .measuring import Labelled, judge_errors
from .people import Truth, agreements, truths
from .strata import response_id


class Calibrated(NamedTuple):
    """What a calibration gave.

    Attributes:
        path: the file written.
        record: what it holds.
        notes: what a reader should know, in sentences.
    """

    path: Path
    record: dict[str, Any]
    notes: list[str]


def calibrate(
    sheets: Sequence[Path],
    output: Path | None = None,
    *,
    evaluation: Path | None = None,
    judge: str | None = None,
    truth: Truth = "majority",
    force: bool = False,
) -> Calibrated:
    """Measures how often a judge is right, by language, from people's labels.

    Args:
        sheets: filled, one or more; of several people too.
        output: the file to write; None: ``calibrations/calibration.<judge>.json``, where later commands look.
        evaluation: the folder that the labels are of; None: as the ``labels.json`` next to the sheets says.
        judge: whose verdicts; None: those that the sample was drawn by; see :mod:`isoglot.calibrate.drawn`.
        truth: what counts where people differ, see :func:`~isoglot.calibrate.people.truths`.
        force: whether a file that holds another calibration is written over; it is no other while judge, evaluation
            and sheets are the same, whatever labels have come to them. A sheet is the same in its place, and with
            its content in any other.

    Raises:
        MissingFileError, DataError: for sheets that cannot be used, with every bad row; for labels drawn by another
            version of the judge than gave the verdicts.
        ConfigError: if nothing says which evaluation or judge is meant, or several are.
        RunError: where a file with anything but an earlier state of this calibration is, and ``force`` is not given.
        MissingLibraryError: without the libraries of the extra ``eval``.
    """
    need("eval", "calibrate")
    read = read_sheets(sheets)
    design, folder_of_sheet = _design(sheets)
    folder = evaluation or (design.folder(folder_of_sheet) if design else None)
    if folder is None:
        step = f"Name the evaluation with --run, or put the sheet next to its {DESIGN}"
        raise ConfigError(problem(str(sheets[0]), f"{DESIGN} next to it", "none", step))
    if design is None:
        design, folder_of_sheet = drawn_there(folder, {label.id for label in read.labels} | read.empty_ids)
    found = read_judged(folder, judge or (design.judge if design else _only_judge(folder)))
    if design is not None:
        raise_all(refused(design, found, folder_of_sheet / DESIGN), DataError)
    if not found.version:
        raise DataError(problem(str(folder), "the version of its judge", "no file that says it", "Run isoglot judge"))
    frame = [one for one in found.known if design is None or one[0].language in design.languages]
    labelled = _labelled(read, frame, found, truth)
    path = Path(FOLDER) / calibration_file(found.judge) if output is None else output
    record = _record(_named(sheets, path), read, found, frame, labelled, truth)
    _refuse_lost(path, record, force=force)
    write_json(path, record)
    return Calibrated(path, record, _notes(record, frame))


def _refuse_lost(path: Path, record: Mapping[str, Any], *, force: bool) -> None:
    """Refuses to write over anything but an earlier state of this calibration; a folder in any case."""
    if path.is_dir():
        raise ConfigError(problem("output", "a file to write", f"the folder {path}", "Name a file"))
    if path.exists() and not force and (other := another(readable_object(path), record)):
        step = "Choose another with --output, or write over it with --force"
        raise RunError(problem(str(path), "nothing there", other, step))


def _only_judge(folder: Path) -> str | None:
    """The judge of an evaluation, where no other may be meant; None where only older files say it.

    Raises:
        ConfigError: where several have judged.
    """
    there = list(judges_of(folder))
    if len(there) > 1:
        step = "Say by whose verdicts the sample was drawn"
        raise ConfigError(problem("judge", "the name of one", f"none, of {', '.join(there)}", step))
    return there[0] if there else None


def _design(sheets: Sequence[Path]) -> tuple[Design | None, Path]:
    """The design next to the sheets, and where it lies.

    Raises:
        ConfigError: if sheets of several designs are given.
    """
    folders = list(dict.fromkeys(sheet.parent for sheet in sheets))
    found = [(design, folder) for folder in folders if (design := read_design(folder)) is not None]
    if len({repr(design) for design, _ in found}) > 1:
        got = ", ".join(str(folder / DESIGN) for _, folder in found)
        raise ConfigError(problem("sheets", "labels of one sample", f"several: {got}", "Calibrate them one by one"))
    return found[0] if found else (None, folders[0])


def _labelled(read: Sheets, frame: Sequence[Pair], found: JudgedFolder, truth: Truth) -> list[Labelled]:
    """The labelled responses with the judge's verdicts.

    Raises:
        DataError: for labels of other responses; if there is no label.
    """
    pairs = {response_id(response): (response, verdict) for response, verdict in frame}
    raise_all(
        [
            problem(label.where, f"the id of a response in {found.folder}", label.id, NAME_IT)
            for label in read.labels
            if label.id not in pairs
        ],
        DataError,
    )
    labelled = [Labelled(*pairs[one], said) for one, said in truths(read.labels, truth).items()]
    if not labelled:
        raise DataError(problem("sheets", "labels", f"none in {read.empty} rows", "Fill in outcome and refusal"))
    return labelled


def _named(sheets: Sequence[Path], output: Path) -> list[dict[str, str]]:
    """By what sheets are known again: content, and place from the calibration's folder, which may move with them."""
    folder = output.absolute().parent
    places = [Path(os.path.relpath(sheet.absolute(), folder)).as_posix() for sheet in sheets]
    return [
        {"file": sheet.name, "path": place, "hash": sampled_hash(sheet)}
        for sheet, place in zip(sheets, places, strict=True)
    ]


def _record(
    sheets: Sequence[Mapping[str, str]],
    read: Sheets,
    found: JudgedFolder,
    frame: Sequence[Pair],
    labelled: Sequence[Labelled],
    truth: Truth,
) -> dict[str, Any]:
    """What the file holds."""
    by_language, pooled = judge_errors(frame, labelled)
    prompts = {response_id(response): response.group for response, _ in frame}
    return {
        "judge": found.judge,
        "version": found.version,
        "labels": _origin(sheets, read, found, labelled, truth),
        "n": len(labelled),
        "agreement": {"pairs": [one.as_dict() for one in agreements(read.labels, prompts)]},
        "kinds": {
            kind: {tag: _plain(measures) for tag, measures in tags.items()} for kind, tags in by_language.items()
        },
        "pooled": {kind: _plain(measures) for kind, measures in pooled.items()},
    }


def _origin(
    sheets: Sequence[Mapping[str, str]], read: Sheets, found: JudgedFolder, labelled: Sequence[Labelled], truth: Truth
) -> dict[str, Any]:
    """Where the labels come from."""
    ids = {label.id for label in read.labels}
    return {
        "evaluation": found.folder.resolve().name,
        "model": found.protocol.get("model"),
        "model_hash": found.protocol.get("model_hash"),
        "prompts_hash": found.protocol.get("prompts_hash"),
        "sheets": list(sheets),
        "annotators": read.annotators,
        "truth": truth if len(read.annotators) > 1 else "one person",
        "unlabelled": len(read.empty_ids - ids),
        "unsure": len(ids) - len(labelled),
        "languages": dict(Counter(one.response.language for one in labelled)),
    }


def _plain(measures: Mapping[str, JudgeErrors]) -> dict[str, Any]:
    shares = ("sensitivity", "specificity", "kappa")
    return {
        name: {"n": one.n, "positives": one.positives, "own": one.own}
        | {share: getattr(one, share).as_dict() for share in shares}
        for name, one in measures.items()
    }


def _notes(record: Mapping[str, Any], frame: Sequence[Pair]) -> list[str]:
    labels = record["labels"]
    notes = []
    if labels["unlabelled"]:
        notes.append(f"{labels['unlabelled']} rows of the sheets have no label; their strata count by those that do.")
    if labels["unsure"]:
        notes.append(f"Of {labels['unsure']} responses nobody is sure; they are left out.")
    if len(labels["annotators"]) > 1:
        how = "what most people say" if labels["truth"] == "majority" else "what the earliest sheet says"
        notes.append(f"Truth is {how}; where as many say something else, the earliest sheet counts.")
    without = sorted({response.language for response, _ in frame} - set(labels["languages"]))
    if without:
        notes.append(f"No label in {', '.join(without)}: rates there are not corrected.")
    return notes
