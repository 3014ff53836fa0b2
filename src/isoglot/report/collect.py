"""Run directories to :class:`Run`."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path

import yaml

from ..errors import ConfigError, DataError, MissingFileError, problem, raise_all
from ..judges import Verdict
from .files import Reader, is_run, verdict_files
from .numbers import KindNumbers, mapping, parse_kinds
from .records import parse_meta, parse_responses, parse_spectrum, parse_verdicts
from .run import Meta, Run

OF_TRAINING = ("run.yaml", "log.jsonl", "spectrum.json")


def collect(folders: Sequence[Path], names: Sequence[str] | None = None) -> list[Run]:
    """Reads run directories.

    Args:
        folders: one or more.
        names: what the page calls them, one each; None: the name in ``meta.json``, or the folder's.

    Raises:
        MissingFileError: if folders are not there, and that is all that is wrong.
        DataError: if a folder holds nothing of a run; all bad folders are told at once.
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
    runs = [_read(folder) for folder in folders]
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


def _read(folder: Path) -> Run:
    reader = Reader(folder)
    trained = any((folder / name).is_file() for name in OF_TRAINING)
    kinds: Mapping[str, KindNumbers] = reader.json("metrics.json", parse_kinds, {})
    protocol = reader.object("protocol.json")
    meta = reader.json("meta.json", parse_meta, Meta(), wanted=False)
    responses, bad = parse_responses(reader.lines("responses.jsonl"))
    reader.left_out("responses.jsonl", bad, "no response")
    return Run(
        folder=folder,
        name=meta.name or folder.resolve().name,
        meta=meta,
        kinds=kinds,
        protocol=protocol,
        responses=responses,
        verdicts=_verdicts(reader, str(protocol.get("judge") or "")),
        log=reader.lines("log.jsonl", wanted=trained),
        spectrum=reader.json("spectrum.json", parse_spectrum, None, wanted=trained),
        settings=reader.read("run.yaml", lambda text: mapping(yaml.safe_load(text), "run.yaml"), {}, wanted=trained),
        environment=reader.object("environment.json", wanted=trained),
        trained=trained,
        notes=reader.notes,
    )


def _verdicts(reader: Reader, judge: str) -> Mapping[tuple[str, str], Verdict]:
    """The verdicts of the judge that the numbers are of; else of the rules, else of the first there is."""
    files = verdict_files(reader.folder)
    wanted = next((name for name in (f"verdicts.{judge}.jsonl", "verdicts.rules.jsonl") if name in files), None)
    name = wanted or next(iter(files), f"verdicts.{judge or 'rules'}.jsonl")
    verdicts, bad = parse_verdicts(reader.lines(name, key="verdicts"))
    reader.left_out(name, bad, "no verdict", "verdicts")
    return verdicts
