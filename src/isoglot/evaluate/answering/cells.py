"""Which answers an evaluation wants, and which of them are this process's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from ...groups import Prompt, PromptGroup, PromptGroups
from ...runs import RESPONSES, Key
from ...runs.shards import Shard
from .decoding import Decoding


class Cell(NamedTuple):
    """One answer that is wanted: to a group's prompt in a language, the first or one of several.

    Attributes:
        group: the prompt group.
        language: the prompt's.
        sample: number of the answer, from 0.
    """

    group: PromptGroup
    language: str
    sample: int = 0

    @property
    def key(self) -> Key:
        """That of its response."""
        return self.group.id, self.language, self.sample

    @property
    def prompt(self) -> Prompt:
        """What is asked."""
        return self.group.prompts[self.language]


def cells_of(groups: Iterable[PromptGroup], samples: int = 1) -> list[Cell]:
    """The cells of groups, in their order."""
    return [Cell(group, tag, sample) for group in groups for tag in group.prompts for sample in range(samples)]


@dataclass(frozen=True)
class Assignment:
    """What is asked of a model, whichever it is.

    Attributes:
        groups: the prompts.
        decoding: how answers are drawn.
        shard: the part that this process answers; None: all.
        sets: what is known of named prompt sets among the prompts, for the protocol.
    """

    groups: PromptGroups
    decoding: Decoding = field(default_factory=Decoding)
    shard: Shard | None = None
    sets: Sequence[Mapping[str, Any]] = ()

    @cached_property
    def cells(self) -> list[Cell]:
        """All that is wanted, in order."""
        return cells_of(self.groups, self.decoding.samples)

    @cached_property
    def own(self) -> list[Cell]:
        """What this process answers: every so many-th group, in all its languages, so that parts are of one length."""
        if self.shard is None:
            return self.cells
        return cells_of(self.groups[self.shard.number - 1 :: self.shard.of], self.decoding.samples)

    def path(self, folder: Path) -> Path:
        """Where this process's answers go."""
        return folder / RESPONSES if self.shard is None else self.shard.path(folder)
