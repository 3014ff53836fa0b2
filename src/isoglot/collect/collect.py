"""Run directories to :class:`Run`."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ..errors import ConfigError, problem
from ..runs import Meta, Metrics, Spectrum
from ..runs.agreement import Agreement
from ..runs.card import OWN
from ..runs.evaluations import run_of
from ..runs.judged import AGREEMENT, METRICS, judges_of
from ..settings import parse_yaml
from .calibration import calibration_of
from .cells import judged, read_cells
from .evaluations import chosen
from .files import Reader, as_object, refuse_no_runs
from .judges import chosen_judges, metrics_file, verdict_file
from .run import Run

OF_TRAINING = ("run.yaml", "log.jsonl", "spectrum.json")


def collect(
    folders: Sequence[Path],
    names: Sequence[str] | None = None,
    *,
    evaluation: str | None = None,
    calibration: Path | None = None,
    judge: str | None = None,
) -> list[Run]:
    """Reads run directories.

    Args:
        folders: one or more; an evaluation's folder stands for the run it belongs to.
        names: what the page calls them, one each; None: the name in ``meta.json``, or the folder's.
        evaluation: which of each run's evaluations, see :func:`chosen`.
        calibration: of the judge; None: the first that is found.
        judge: whose numbers, see :func:`chosen_judges`.

    Raises:
        MissingFileError: if folders are not there, and that is all that is wrong.
        DataError: if a folder holds nothing of a run; all bad folders are reported at once.
        ConfigError: for no folder, or another number of names than of folders.
    """
    if not folders:
        raise ConfigError(problem("runs", "one run directory or more", "none"))
    if names is not None and len(names) != len(folders):
        raise ConfigError(problem("names", f"one for each of {len(folders)} runs", f"{len(names)} names"))
    refuse_no_runs(folders)
    where = chosen(folders, evaluation)
    judges = chosen_judges(where, judge)
    runs = [_read(run_of(one), found, by, calibration) for one, found, by in zip(folders, where, judges, strict=True)]
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


def _read(folder: Path, evaluation: Path, judge: str | None, calibration: Path | None) -> Run:
    """A run from its folder and that of its evaluation."""
    reader, evaluated = Reader(folder), Reader(evaluation)
    trained = any((folder / name).is_file() for name in OF_TRAINING)
    judges = judges_of(evaluation)
    protocol = evaluated.object("protocol.json")
    if judge is not None:  # the card, which is the folder's, stands there only
        protocol = {name: protocol[name] for name in OWN if name in protocol} | dict(judges[judge])
    meta = reader.record("meta.json", Meta, Meta(), wanted=False)
    nothing: Mapping[str, Any] = {}
    settings = reader.read("run.yaml", lambda text: as_object(parse_yaml(text), "run.yaml"), nothing, wanted=trained)
    cells = read_cells(evaluated)
    verdicts = verdict_file(evaluation, str(protocol.get("judge") or ""))
    errors = calibration_of(evaluated, protocol, calibration)
    return Run(
        folder=folder,
        name=meta.name or folder.resolve().name,
        meta=meta,
        kinds=evaluated.record(metrics_file(evaluation, judge), Metrics, Metrics(), key=METRICS).kinds,
        protocol=protocol,
        evaluation=evaluation,
        cells=judged(cells, evaluated, verdicts),
        verdict_file=verdicts,
        judges=judges,
        agreement=evaluated.record(AGREEMENT, Agreement, Agreement(), wanted=False),
        log=reader.lines("log.jsonl", wanted=trained),
        spectrum=reader.record("spectrum.json", Spectrum, None, wanted=trained and _measures_groups(settings)),
        settings=settings,
        environment=reader.object("environment.json", wanted=trained),
        trained=trained,
        notes=evaluated.notes + reader.notes,
        calibration=errors,
    )


def _measures_groups(settings: Mapping[str, Any]) -> bool:
    """Whether training leaves a spectrum: only of a run with prompt groups, unless its run file says no."""
    data = settings.get("data")
    groups = data.get("groups") if isinstance(data, Mapping) else None
    return groups is not None and settings.get("spectrum") is not False
