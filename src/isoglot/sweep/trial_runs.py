"""The run files of a sweep's trials, every one checked, and the tests that they are asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from ..errors import ConfigError, MissingLibraryError, problem
from ..extras import need
from ..settings.values import CHECK
from ..train import RunFile
from .sections import CHECK_START, Sections
from .setting import Setting, expand, fill, resolved


def wrong_trials(file: Sections) -> list[str]:
    """What is wrong with the trials of a file, and with where its tests are; or that a library is missing to say it."""
    try:
        need("train", "sweep")
        _, problems = checked_runs(file, expand(file))
    except MissingLibraryError as error:
        problems = [str(error)]
    return list(dict.fromkeys([*problems, *missing_tests(tests_of(file))]))


def tests_of(file: Sections) -> dict[int, Path]:
    """Seed -> file of test prompts."""
    return {seed: Path(resolved(fill(file.evaluate.groups, seed), file.folder)) for seed in file.seeds}


def missing_tests(tests: Mapping[int, Path]) -> list[str]:
    """What is wrong with where the tests are."""
    return [
        problem("evaluate.groups", "an existing file", repr(str(path)), CHECK_START)
        for path in dict.fromkeys(tests.values())
        if not path.exists()
    ]


def checked_runs(file: Sections, settings: Sequence[Setting]) -> tuple[dict[tuple[int, int], RunFile], list[str]]:
    """Each setting's run file with each seed; and all problems, with the place that each comes from."""
    runs: dict[tuple[int, int], RunFile] = {}
    problems = []
    for place, setting in enumerate(settings):
        for seed in file.seeds:
            try:
                runs[place, seed] = RunFile.from_dict(setting.filled(seed, file.folder, file.output / "trials"))
            except ConfigError as error:
                lines = str(error).replace(f"{CHECK}.", f"{CHECK_START}.").split("\n")
                problems += [f"{_origin(setting, line)}.{line}" for line in lines]
    return runs, problems


def _origin(setting: Setting, message: str) -> str:
    """Where a run file's problem comes from: the setting's own changes, or the run that all share."""
    path = message.split(":", maxsplit=1)[0]
    changed = any(path == change or path.startswith(f"{change}.") for change in setting.changes)
    return setting.where if changed else "run"
