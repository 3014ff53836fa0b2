"""Checks that need a model or a translator: what they are given, and what they say."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple, Protocol

from ..groups import PromptGroup, prompt_text
from .cell import Finding


class Cell(NamedTuple):
    """One cell with its pivot.

    Attributes:
        id: of its group.
        source: the pivot's text.
        source_language: tag of the pivot's language.
        text: the cell's.
        language: tag that the cell stands under.
    """

    id: str
    source: str
    source_language: str
    text: str
    language: str


def cells_of(group: PromptGroup) -> Iterator[Cell]:
    """The translations of a group; none where it has no pivot."""
    prompts = dict(group.prompts.items())
    if (pivot := prompts.pop(group.pivot, None)) is not None:
        source = prompt_text(pivot)
        for tag, prompt in prompts.items():
            yield Cell(group.id, source, group.pivot, prompt_text(prompt), tag)


class Checker(Protocol):
    """A check of many cells at a time.

    Attributes:
        name: what it is called in reports and progress.
        batch_size: cells that one call is given at most; more make comparisons among them better.

    A checker may have more, all optional. About the calls so far: ``untold`` (language -> why nothing can be said about
    its cells), ``unchecked`` (of other languages, single cells of which nothing can be said: language -> ``count``,
    ``first`` ids and ``why``), ``gave_up`` (why it does not work any more) and ``asked()`` (what was asked for and what
    it took, as plain values). About the last call: ``told`` (of each of its cells, whether anything could be said;
    without it, of all). ``stop()`` is called from another thread when a call under way is to return soon.
    ``load()`` and ``close()`` are called by whoever made it; a model that cannot be loaded is an error before files are
    read.
    """

    name: str
    batch_size: int

    def __call__(self, cells: Sequence[Cell]) -> Sequence[Finding | None]:
        """What is found of each cell, in their order; None where nothing is wrong or nothing can be said.

        Args:
            cells: of several languages and groups, neighbours in their file. It is called outside of any event loop.
        """
        ...
