"""Run directories to :class:`Run`."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path

from ..errors import ConfigError, DataError, MissingFileError, did_you_mean, problem, raise_all
from ..runs import Meta, Metrics, Spectrum
from ..runs.evaluations import run_of
from ..settings import parse_yaml
from .cells import judged, read_cells
from .evaluations import chosen
from .files import Reader, as_object, is_run, verdict_files
from .run import Run

OF_TRAINING = ("run.yaml", "log.jsonl", "spectrum.json")


def collect(
    folders: Sequence[Path],
    names: Sequence[str] | None = None,
    *,
    evaluation: str | None = None,
    judge: str | None = None,
) -> list[Run]:
    """Reads run directories.

    Args:
        folders: one or more; an evaluation's folder stands for the run it belongs to.
        names: what the page calls them, one each; None: the name in ``meta.json``, or the folder's.
        evaluation: which of each run's evaluations, see :func:`chosen`.
        judge: whose verdicts; None: those that the run's numbers are of.

    Raises:
        MissingFileError: if folders are not there, and that is all that is wrong.
        DataError: if a folder holds nothing of a run; all bad folders are reported at once.
        ConfigError: for no folder, or another number of names than of folders.
    """
    if not folders:
        raise ConfigError(problem("runs", "one run directory or more", "none"))
    if names is not None and len(names) != len(folders):
        raise ConfigError(problem("names", f"one for each of {len(folders)} runs", f"{len(names)} names"))
    step = "A run directory is what isoglot train or isoglot evaluate wrote"
    missing = [problem(str(f), "a run directory", "nothing there", "Check the path") for f in folders if not f.exists()]
    wrong = [
        problem(str(f), "a run directory", "a folder without any file of a run" if f.is_dir() else "a file", step)
        for f in folders
        if f.exists() and not is_run(f)
    ]
    raise_all(missing + wrong, DataError if wrong else MissingFileError)
    which = zip(folders, chosen(folders, evaluation), strict=True)
    runs = [_read(run_of(folder), found, judge) for folder, found in which]
    if names is not None:
        runs = [dataclasses.replace(run, name=name) for run, name in zip(runs, names, strict=True)]
    return _named_apart(runs)


def _named_apart(runs: Sequence[Run]) -> list[Run]:
    """Numbers the second and further runs of one name."""
    seen: dict[str, int] = {}
    named = []
    for run in runs:
        seen[run.name] = seen.get(run.name, 0) + 1
        named.append(run if seen[run.name] == 1 else dataclasses.replace(run, name=f"{run.name} ({seen[run.name]})"))
    return named


def _read(folder: Path, evaluation: Path, judge: str | None) -> Run:
    """A run from its folder and that of its evaluation."""
    reader, evaluated = Reader(folder), Reader(evaluation)
    trained = any((folder / name).is_file() for name in OF_TRAINING)
    protocol = evaluated.object("protocol.json")
    meta = reader.record("meta.json", Meta, Meta(), wanted=False)
    cells = read_cells(evaluated)
    verdict_file = _verdict_file(evaluation, judge or str(protocol.get("judge") or ""), given=judge is not None)
    return Run(
        folder=folder,
        name=meta.name or folder.resolve().name,
        meta=meta,
        kinds=evaluated.record("metrics.json", Metrics, Metrics()).kinds,
        protocol=protocol,
        evaluation=evaluation,
        cells=judged(cells, evaluated, verdict_file),
        verdict_file=verdict_file,
        log=reader.lines("log.jsonl", wanted=trained),
        spectrum=reader.record("spectrum.json", Spectrum, None, wanted=trained),
        settings=reader.read("run.yaml", lambda text: as_object(parse_yaml(text), "run.yaml"), {}, wanted=trained),
        environment=reader.object("environment.json", wanted=trained),
        trained=trained,
        notes=evaluated.notes + reader.notes,
    )


def _verdict_file(folder: Path, judge: str, *, given: bool) -> str:
    """The verdicts of the judge that the numbers are of; else of the rules, else of the first there is.

    Raises:
        DataError: if the judge was asked for and has given none.
    """
    files = verdict_files(folder)
    if given and f"verdicts.{judge}.jsonl" not in files:
        names = [name.removeprefix("verdicts.").removesuffix(".jsonl") for name in files]
        step = did_you_mean(judge, names) or f"Run isoglot judge {folder} with it"
        raise DataError(problem(str(folder), f"verdicts of {judge!r}", ", ".join(names) or "none", step))
    wanted = next((name for name in (f"verdicts.{judge}.jsonl", "verdicts.rules.jsonl") if name in files), None)
    return wanted or next(iter(files), f"verdicts.{judge or 'rules'}.jsonl")
