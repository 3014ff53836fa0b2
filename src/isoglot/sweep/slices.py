"""Which languages of a sweep's test are the pivot, aligned, unseen; and what is odd about them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from ..errors import ConfigError, DataError, MissingFileError, did_you_mean, problem, raise_all
from ..groups import PromptGroups
from ..groups.files import GroupsFile
from ..train import RunFile
from .sections import Sections
from .seen import Tested, seen_prompts


def slices_of(
    file: Sections, tests: Mapping[int, Path], runs: Mapping[tuple[int, int], RunFile]
) -> tuple[dict[str, list[str]], list[str]]:
    """``pivot``, ``aligned`` and ``unseen`` with their languages; and what a reader of the results should know.

    Args:
        file: the sweep file.
        tests: seed -> file of test prompts.
        runs: of every trial, by its setting's place and its seed.

    Raises:
        DataError: for files that cannot be read.
        ConfigError: for a test that lacks a kind or has several pivots, and for unseen languages that it lacks.
    """
    problems: list[str] = []
    files = list(dict.fromkeys(tests.values()))
    groups = _read_all([((test,), False) for test in files], problems)
    data = {_trained_on(run): run.data for run in runs.values() if run.data.groups is not None}
    training = _read_all([(one.groups or (), one.skip_bad_rows) for one in data.values()], problems)
    raise_all(problems, DataError)
    tested_by, trained_by = dict(zip(files, groups, strict=True)), dict(zip(data, training, strict=True))
    trained = {tag for one in training for tag in one.languages}
    tested = list(dict.fromkeys(tag for one in groups for tag in one.languages))
    pivots = list(dict.fromkeys(group.pivot for one in groups for group in one))
    declared = file.evaluate.unseen
    raise_all([*_wrong_tests(groups, pivots), *_not_tested(declared or (), tested)], ConfigError)
    others = [tag for tag in tested if tag not in pivots]
    unseen = [tag for tag in others if trained and tag not in trained] if declared is None else list(declared)
    aligned = [tag for tag in others if tag not in unseen and (tag in trained or not trained)]
    slices = {"pivot": pivots, "aligned": aligned, "unseen": unseen}
    asked = [
        Tested(tests[seed], tested_by[tests[seed]], run, trained_by.get(_trained_on(run)))
        for (_, seed), run in runs.items()
    ]
    return slices, [*seen_prompts(asked), *_oddities(slices, others, trained)]


def _wrong_tests(groups: Sequence[PromptGroups], pivots: Sequence[str]) -> list[str]:
    """What is wrong with the files of test prompts taken together."""
    found = [
        problem("evaluate.groups", f"groups of kind {kind} in every file", "none")
        for kind in ("harmful", "harmless")
        if not all(any(group.kind == kind for group in one) for one in groups)
    ]
    return found + ([problem("evaluate.groups", "one pivot", " and ".join(pivots))] if len(pivots) > 1 else [])


def _not_tested(declared: Sequence[str], tested: Sequence[str]) -> list[str]:
    """What is wrong with the languages that are said to be unseen."""
    expected = f"some of the test's languages ({', '.join(tested)})"
    return [
        problem("evaluate.unseen", expected, tag, did_you_mean(tag, tested)) for tag in declared if tag not in tested
    ]


def _trained_on(run: RunFile) -> str:
    """What tells the training groups of a run from those of another."""
    return repr((run.data.groups, run.data.skip_bad_rows))


def _read_all(sets: Iterable[tuple[Sequence[Path | GroupsFile], bool]], problems: list[str]) -> list[PromptGroups]:
    """The prompt groups of sets of files, bad rows left out or not; what cannot be read is added to the problems."""
    found = []
    for paths, skip in sets:
        try:
            found.append(PromptGroups.read(paths, skip_bad_rows=skip))
        except (DataError, MissingFileError) as error:
            problems.append(str(error))
    return found


def _oddities(slices: Mapping[str, Sequence[str]], others: Sequence[str], trained: set[str]) -> list[str]:
    notes = []
    if left := [tag for tag in others if tag not in slices["unseen"] and tag not in slices["aligned"]]:
        notes.append(f"Tested but in no slice, since no training groups have them: {', '.join(left)}.")
    if seen := [tag for tag in slices["unseen"] if tag in trained]:
        notes.append(f"Said to be unseen, but in the training groups of at least one setting: {', '.join(seen)}.")
    if not trained:
        notes.append("No training groups: every language but the pivot and the unseen ones counts as aligned.")
    return notes
