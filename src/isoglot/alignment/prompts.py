"""What is asked in a file of alignment data, for comparing with: rows that cannot be used are passed over."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from ..amounts import counted
from ..groups.readers.fields import read_fields
from ..models.messages import user_text
from .rows import DEMONSTRATION, PAIR, named, turns_of, with_prompt


def is_alignment_data(path: Path) -> bool:
    """Whether the first row that can be read has an answer beside its prompt.

    Raises:
        DataError: for a file that cannot be read at all.
    """
    first: dict[str, object] = next((row.record for row in read_fields(path) if row.has_object), {})
    return any(name in named(first) for name in (*PAIR, *DEMONSTRATION, "messages"))


def asked_in(path: Path, tell: Callable[[str], None] | None = None) -> Iterator[str]:
    """What the user says in each row: all of it, and of a conversation each turn as well.

    A prompt of a test is learnt as a turn of a conversation, too.

    Args:
        path: as for :func:`~isoglot.alignment.data.read_data`.
        tell: told at the end how many rows were passed over, if any; None: nobody.

    Raises:
        DataError: for a file that cannot be read at all.
    """
    rows = passed_over = 0
    for row in read_fields(path, columns=("prompt", *PAIR)):
        rows += 1
        try:  # of a pair the prompt is found as that of its chosen answer
            prompt = turns_of(with_prompt(row.record, DEMONSTRATION), "prompt", "user") if row.has_object else None
        except ValueError:
            prompt = None
        if prompt is None:
            passed_over += 1
            continue
        yield user_text(prompt)
        turns = [turn["content"] for turn in prompt if turn["role"] == "user"]
        if len(turns) > 1:
            yield from turns
    if passed_over and tell is not None:
        tell(f"{path}: {passed_over:,} of {counted(rows, 'row')} passed over, for no prompt can be read in them.")
