"""Run directories: what is in them, what is missing or broken."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from ..collect.collect import collect
from ..errors import IsoglotError
from ..runs.evaluations import evaluations, name_of, read_protocol
from ..runs.json_file import readable_object
from ..runs.judged import judges_of, silent_judges
from .finding import FINE, MISSING, WRONG, Finding


def look_at_runs(folders: Sequence[Path]) -> Iterator[Finding]:
    """What is known of each run directory, one that cannot be read costing the others nothing.

    Args:
        folders: of runs, or of evaluations.
    """
    for folder in folders:
        runs, wrong = [], []
        names: list[str | None] = [name_of(one, folder) for one in evaluations(folder)]
        for name in names or [None]:
            try:
                runs += collect([folder], evaluation=name)
            except IsoglotError as error:
                wrong.append(Finding(str(folder), WRONG, str(error).removeprefix(f"{folder}: ").rstrip(".")))
        if any(run.trained for run in runs):
            yield _training(folder)
        yield from (_evaluation(one) for one in evaluations(folder))
        notes = (note for run in runs for note in run.notes)  # those of the training come with each evaluation
        found = (Finding(f"{note.folder}, {note.file}", MISSING, note.text, note.remedy) for note in notes)
        yield from dict.fromkeys([*wrong, *found])


def _training(folder: Path) -> Finding:
    if readable_object(folder / "environment.json").get("finished"):
        return Finding(f"{folder}, training", FINE, "finished")
    return Finding(f"{folder}, training", MISSING, "not finished", f"isoglot train {folder / 'run.yaml'}")


def _evaluation(folder: Path) -> Finding:
    protocol, judges = read_protocol(folder), list(judges_of(folder))
    wanted, answered = protocol.get("responses", protocol.get("prompts")), protocol.get("answered")
    if not judges:
        return Finding(str(folder), MISSING, "not judged", f"isoglot judge {folder}")
    silent = silent_judges(folder)
    speaking = [name for name in judges if name not in silent]
    of = "" if wanted is None else f" of {wanted}"
    by = [f"judged by {', '.join(speaking)}"] if speaking else []
    by += [f"no verdict on any by {', '.join(silent)}"] if silent else []
    found = f"{answered}{of} answered, {'; '.join(by)}"
    if silent:
        step = f"Mend it and give isoglot judge {folder} --with ... again"
        return Finding(str(folder), MISSING if speaking else WRONG, found, step)
    if wanted is not None and answered != wanted:
        return Finding(str(folder), MISSING, found, "isoglot evaluate again goes on where it stopped")
    return Finding(str(folder), FINE, found)
