"""Shards of an evaluation's answers, made one file."""

from __future__ import annotations

import time
import warnings
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from itertools import chain, zip_longest
from pathlib import Path

from ...errors import RunError, problem, some
from ...files import write_text
from ...runs import RESPONSES, Key, Response, read_responses
from ...runs.folder import held
from ...runs.shards import Shard, shards_in, without_file
from .answers import stored_responses

PATIENCE = 60.0  # seconds that the last of several processes may need to put the answers together


def answered_in(folder: Path, *, besides: Path | None = None) -> dict[Key, Response]:
    """The answers in a folder's files, of one of them those that are elsewhere, too."""
    files = [folder / RESPONSES, *(shard.path(folder) for shard in shards_in(folder))]
    there = (path for path in files if path != besides and path.is_file())
    return {response.key: response for path in there for response in read_responses(path)}


def merge(folder: Path, expected: int | None, order: Sequence[Key] | None = None) -> int:
    """Makes ``responses.jsonl`` of itself and of the shards in the folder; of these, once all is there, no file stays.

    Args:
        folder: of the evaluation; whoever calls holds it.
        expected: how many answers it wants; None: nobody knows.
        order: their keys in order; None: groups in the order in which they were dealt to the shards.

    Returns:
        How many answers there are.

    Raises:
        RunError: if there are more answers than were wanted: a file of another evaluation is among them.
    """
    shards, whole = shards_in(folder), folder / RESPONSES
    found: dict[Key, Response] = {}
    for response in chain(_dealt_back(folder, shards), stored_responses(whole) if whole.is_file() else ()):
        found.setdefault(response.key, response)
    if expected is not None and len(found) > expected:
        step = "Remove the shard of another evaluation"
        raise RunError(problem(str(folder), f"{expected} responses", f"{len(found)} in all of its files", step))
    keys = found if order is None else (key for key in order if key in found)
    write_text(whole, "".join(found[key].line() for key in keys))
    if expected is None or len(found) == expected:
        for shard in shards:
            shard.path(folder).unlink()
    return len(found)


def _dealt_back(folder: Path, shards: Sequence[Shard]) -> Iterator[Response]:
    """The responses of all shards: a group of the first, one of the second, and so on, as they were dealt."""
    decks = []
    for shard in shards:
        groups: dict[str, list[Response]] = {}
        for response in stored_responses(shard.path(folder)):
            groups.setdefault(response.group, []).append(response)
        decks.append(list(groups.values()))
    for row in zip_longest(*decks, fillvalue=()):
        yield from chain.from_iterable(row)


def warn_of_missing(folder: Path) -> None:
    """Says which shards have no file in the folder, if some have."""
    missing = without_file(shards_in(folder))
    if missing:
        step = "Copy their files into the folder, or run isoglot evaluate there with --shard"
        warnings.warn(
            problem(str(folder), "a file of each shard", f"none of {named(missing)}", step),
            stacklevel=3,
        )


def named(shards: Sequence[Shard]) -> str:
    """``1/4 and 3/4``, for a message."""
    return some((f"{shard.number}/{shard.of}" for shard in shards), 12)


@contextmanager
def held_in_turn(folder: Path) -> Iterator[None]:
    """Holds the folder as :func:`~isoglot.runs.folder.held`, after a process that puts its answers together now.

    Raises:
        RunError: if another process holds it for longer than that takes.
    """
    until = time.monotonic() + PATIENCE
    with ExitStack() as stack:
        while True:
            try:
                stack.enter_context(held(folder))
                break
            except RunError:
                if time.monotonic() > until:
                    raise
                time.sleep(0.2)
        yield
