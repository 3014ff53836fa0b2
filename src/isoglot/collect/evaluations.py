"""Which evaluation of each run a page shows, where a run has several."""

from __future__ import annotations

import json
import warnings
from collections.abc import Sequence
from pathlib import Path

from ..errors import DataError, did_you_mean, problem, raise_all, some
from ..runs.evaluations import AGAIN, EVALUATIONS, OWN, asked_of, evaluations, name_of, read_protocol
from ..runs.judged import METRICS
from .files import refuse_no_runs

_MOST = 12  # evaluations that are named


def chosen(runs: Sequence[Path], name: str | None = None) -> list[Path]:
    """The folder of each run's evaluation; a run's own folder where it has none.

    Args:
        runs: run directories, or folders of evaluations.
        name: of the folders wanted, or how their name begins, ``.`` for the run's own; None: the evaluation that all
            runs share, if it is one; those without numbers are passed over where another has some. Of one that was
            made again (``isoglot evaluate --from``) the later is taken, and a warning says so.

    Raises:
        DataError: for runs of which several evaluations may be meant, or none of that name.
    """
    of_run: list[Sequence[Path]] = [evaluations(run) for run in runs]
    if name is not None:
        of_run = [_named(run, folders, name) for run, folders in zip(runs, of_run, strict=True)]
        missing = [run for run, folders in zip(runs, of_run, strict=True) if not folders and evaluations(run)]
        raise_all([_none(run, name) for run in missing], DataError)
    elif any(len(folders) > 1 for folders in of_run):
        of_run = _shared([_counted(folders) for folders in of_run])
    of_run = [_later(run, folders) for run, folders in zip(runs, of_run, strict=True)]
    raise_all([_several(run, found) for run, found in zip(runs, of_run, strict=True) if len(found) > 1], DataError)
    return [folders[0] if folders else run for run, folders in zip(runs, of_run, strict=True)]


def one_of(run: Path, name: str | None = None) -> Path:
    """The folder of one run's evaluation, as :func:`chosen`.

    Raises:
        MissingFileError, DataError: for what is no run, too.
    """
    refuse_no_runs([run])
    return chosen([run], name)[0]


def _named(run: Path, folders: Sequence[Path], name: str) -> list[Path]:
    if name == OWN:
        return [folder for folder in folders if folder == run]
    exact = [folder for folder in folders if folder.name == name]
    return exact or [one for one in folders if one.parent.name == EVALUATIONS and one.name.startswith(name)]


def _counted(folders: Sequence[Path]) -> Sequence[Path]:
    """Those that have numbers, if any has: an attempt that got no answers is not what is meant."""
    return [folder for folder in folders if (folder / METRICS).is_file()] or folders


def _later(run: Path, folders: Sequence[Path]) -> Sequence[Path]:
    """Of two evaluations that asked the same, the one that is the other made again; all, where that does not tell."""
    again = [folder for folder in folders if (folder / AGAIN).is_file()]
    if len(folders) != 2 or len(again) != 1 or _asked(folders[0]) != _asked(folders[1]):
        return folders
    (before,) = (name_of(folder, run) for folder in folders if folder not in again)
    taken = f"{before} was made again, and {name_of(again[0], run)} is taken"
    warnings.warn(f"{run}: {taken}. For the other: --evaluation {before}.", stacklevel=3)
    return again


def _shared(of_run: Sequence[Sequence[Path]]) -> list[Sequence[Path]]:
    """Of each run, the evaluations that all evaluated runs have: the same prompts, answered in the same way."""
    asked = [{_asked(folder) for folder in folders} for folders in of_run if folders]
    common = set.intersection(*asked)
    kept = [[folder for folder in folders if _asked(folder) in common] for folders in of_run]
    return [some or list(folders) for some, folders in zip(kept, of_run, strict=True)]


def _asked(folder: Path) -> str:
    return json.dumps(asked_of(read_protocol(folder)), sort_keys=True)


def _several(run: Path, folders: Sequence[Path]) -> str:
    names = [name_of(folder, run) for folder in folders]
    said = some((f"{OWN} (of the folder itself)" if name == OWN else name for name in names), _MOST)
    step = f"Choose one: {some((f'--evaluation {name}' for name in names), _MOST)}"
    return problem(str(run), "one evaluation", f"{len(folders)}: {said}", step)


def _none(run: Path, name: str) -> str:
    there = [name_of(folder, run) for folder in evaluations(run)]
    return problem(
        str(run), f"an evaluation {name!r}", some(there, _MOST), did_you_mean(name, there) or "Name one of them"
    )
