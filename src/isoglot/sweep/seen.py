"""Test prompts of a sweep that a model which is tested on them is trained on."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import NamedTuple

from ..alignment.prompts import asked_in
from ..groups import PromptGroups
from ..groups.shared import Shared, in_words, shared, shared_in
from ..train import RunFile

_TOLD = (
    "so that rates are partly of what is learnt by heart. isoglot groups split makes files without near pivots on "
    "both sides, and with --against leaves out prompts of other files."
)


class Tested(NamedTuple):
    """A test, and what one of the models that are tested on it is trained on.

    Attributes:
        path: of the test.
        groups: its prompts.
        run: the model's run file.
        trained: its training groups; None of a run without.
    """

    path: Path
    groups: PromptGroups
    run: RunFile
    trained: PromptGroups | None


def seen_prompts(tested: Iterable[Tested]) -> list[str]:
    """What is said of each test file with prompts of training groups, and of alignment data."""
    asked = cache(lambda path: list(asked_in(path)))
    found: dict[tuple[Path, str], tuple[Shared, int]] = {}
    looked: set[tuple[object, ...]] = set()  # trials of one sweep share most of their files
    for path, groups, run, trained in tested:
        file = run.data.preferences
        if trained is not None and (path, id(trained)) not in looked:
            looked.add((path, id(trained)))
            _keep(found, (path, "the training groups"), shared(groups, trained).counted(), len(groups))
        if (path, file) not in looked:
            looked.add((path, file))
            there = f"those of the alignment data ({file})"
            _keep(found, (path, there), shared_in(groups, asked(file)).counted(), len(groups))
    return [
        f"{path}: {in_words(count, of, 'test prompts', there)}, {_TOLD}" for (path, there), (count, of) in found.items()
    ]


def _keep(found: dict[tuple[Path, str], tuple[Shared, int]], where: tuple[Path, str], count: Shared, of: int) -> None:
    """Of several trainings the one with the most is said."""
    if count:
        found[where] = max(found.get(where, (Shared(0, 0), 0)), (count, of))
