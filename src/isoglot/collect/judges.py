"""Whose numbers a page shows, where several judges judged an evaluation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ..errors import DataError, did_you_mean, problem, raise_all
from ..runs import RESPONSES
from ..runs.judged import METRICS, judges_of, metrics_path, verdicts_path
from .files import verdict_files
from .run import Run


def chosen_judges(evaluations: Sequence[Path], name: str | None) -> list[str | None]:
    """The judge of each evaluation; None where it is the one whose numbers are the folder's, or where
    there are no responses.

    Args:
        evaluations: folders.
        name: of the judge, or how its name begins; None: the one that judged last and gave a verdict.

    Raises:
        DataError: for evaluations that such a judge has not judged, or of which several may be meant.
    """
    if name is None:
        return [None] * len(evaluations)
    found: list[str | None] = []
    problems = []
    for folder in evaluations:
        there = list(judges_of(folder))
        meant = [name] if name in there else [one for one in there if one.startswith(name)]
        found.append(meant[0] if len(meant) == 1 else None)
        if len(meant) != 1 and (folder / RESPONSES).is_file():
            got, step = ", ".join(meant or there) or "none", did_you_mean(name, there)
            step = step or f"Judge with it: isoglot judge {folder} --with JUDGE"
            problems.append(problem(str(folder), f"one judge {name!r}", got, step))
    raise_all(problems, DataError)
    return found


def metrics_file(folder: Path, judge: str | None) -> str:
    """Name of the file with a judge's numbers; older versions had one file for all."""
    own = METRICS if judge is None else metrics_path(folder, judge).name
    return own if (folder / own).is_file() else METRICS


def verdict_file(folder: Path, judge: str) -> str:
    """Name of the file with the verdicts that numbers are of; else of the rules', else of the first there is."""
    files = verdict_files(folder)
    names = (verdicts_path(folder, judge or "rules").name, f"verdicts.{judge}.jsonl", "verdicts.rules.jsonl")
    return next((name for name in names if name in files), None) or next(iter(files), names[0])


def judges_of_all(runs: Sequence[Run]) -> list[str]:
    """The judges that have judged every run, by the same version with the same settings; the shortest name first."""
    first, *others = [{name: _edition(said) for name, said in run.judges.items()} for run in runs]
    known = {name: edition for name, edition in first.items() if edition[0] is not None}
    return sorted((name for name, edition in known.items() if all(one.get(name) == edition for one in others)), key=len)


def settings_of(protocol: Mapping[str, Any]) -> dict[str, Any]:
    """What a judge's verdicts depend on besides its version, by name; in lists of texts, as tags, order says nothing.

    Args:
        protocol: of what the judge has judged.
    """
    found = protocol.get("judge_settings")
    return {str(name): _unordered(value) for name, value in found.items()} if isinstance(found, Mapping) else {}


def _unordered(value: Any) -> Any:
    is_texts = isinstance(value, list) and all(isinstance(one, str) for one in value)
    return sorted(set(value)) if is_texts else value


def _edition(said: Mapping[str, Any]) -> tuple[Any, dict[str, Any]]:
    return said.get("judge_version"), settings_of(said)
