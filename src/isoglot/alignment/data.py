"""A file of alignment data as records to train on; whatever is wrong with it is said at once."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from ..errors import DataError, problem, raise_all, short
from ..groups import prompt_text
from ..groups.readers.fields import read_fields
from ..groups.readers.row import Row, followed
from ..groups.reading import left_out
from ..models.messages import say_lost_turns
from .rows import Messages, turns_of, with_prompt


def read_data(
    path: Path,
    answers: Sequence[str],
    *,
    chat: bool,
    skip_bad_rows: bool = False,
    refuses: Callable[[Sequence[str]], str] | None = None,
    progress: Callable[[int, int], None] | None = None,
    header: str = "",
) -> list[dict[str, Any]]:
    """Reads alignment data.

    Args:
        path: JSON lines, one JSON list, Parquet, CSV or TSV. A record has ``prompt`` and the answers, each as text, as
            a list of ``{"role", "content"}`` or ``{"from", "value"}``, or as one of these. The prompt may be called
            ``conversations``, or be what all answers begin with. A demonstration (``completion``) may also be called
            ``chosen``, or be the last of ``messages``. Other fields are left out.
        answers: fields needed next to ``prompt``.
        chat: whether to give chat messages (for a tokenizer with a chat template) or plain text.
        skip_bad_rows: whether rows that cannot be used are left out; a warning counts and names them.
        refuses: why the chat template refuses messages of some roles, or an empty text; None: it takes all.
        progress: called with the lines read and in all, where the file has a row in each line.
        header: what the chat template begins a user's turn with, which no answer may hold; empty: nothing.

    Returns:
        Records of ``prompt`` and the answers, in the form that TRL reads.

    Raises:
        DataError: with every bad row: file, line, reason.
    """
    records, bad = [], []
    rows: Iterable[Row] = read_fields(path, columns=("prompt", *answers))
    if progress is not None:
        rows = followed([rows], [path], progress)[0]
    for row in rows:
        try:
            if row.reason:
                raise ValueError(row.reason)
            records.append(_record(row.record, answers, refuses, header))
        except ValueError as error:
            bad.append(f"{row.file}, line {row.line}: {error}.")
    if not (skip_bad_rows and records):
        raise_all([f"{text} Correct the row or remove it." for text in bad], DataError)
    if not records:
        raise DataError(problem(str(path), "at least one row", "none"))
    if bad:
        warnings.warn(left_out(bad, len(bad) + len(records)), stacklevel=2)
    if not chat:
        say_lost_turns([record["prompt"] for record in records], str(path), None)
        records = [_as_text(record, answers) for record in records]
    _warn_of_pairs_alike(path, records, answers)
    return records


def _warn_of_pairs_alike(path: Path, records: Sequence[Mapping[str, Any]], answers: Sequence[str]) -> None:
    """Says how many pairs teach nothing, since the two answers are the same."""
    alike = sum(all(record[name] == record[answers[0]] for name in answers) for record in records)
    if len(answers) > 1 and alike:
        of = " and ".join(answers)
        warnings.warn(
            f"{path}: {of} are the same in {alike} of {len(records)} rows, from which no preference can be learnt.",
            stacklevel=3,
        )


def _record(
    record: Any, answers: Sequence[str], refuses: Callable[[Sequence[str]], str] | None, header: str
) -> dict[str, Any]:
    if not isinstance(record, dict):
        raise ValueError(f"expected an object, got {type(record).__name__}")
    record = with_prompt(record, answers)
    found = {"prompt": turns_of(record, "prompt", "user")}
    found |= {name: turns_of(record, name, "assistant") for name in answers}
    for name in answers:  # some files repeat the prompt before each answer
        if found[name][: len(found["prompt"])] == found["prompt"] and len(found[name]) > len(found["prompt"]):
            found[name] = found[name][len(found["prompt"]) :]
        _check_answer(name, found[name], header)
    if found["prompt"][-1]["role"] != "user":
        raise ValueError(f"prompt: expected to end with the user, got {found['prompt'][-1]['role']}")
    for name in answers if refuses is not None else ():
        for turns in (found["prompt"], found["prompt"] + found[name]):
            if why := refuses([message["role"] for message in turns]):  # type: ignore[misc]
                raise ValueError(f"{name}: expected roles that the chat template takes, got {short(why)}")
    return found


def _as_text(record: Mapping[str, Any], answers: Sequence[str]) -> dict[str, Any]:
    """For a model without a chat template: the prompt as evaluation gives it to such a model."""
    texts = {name: "\n".join(message["content"] for message in record[name]) for name in answers}
    return {"prompt": prompt_text(record["prompt"]), **texts}


def _check_answer(name: str, said: Messages, header: str) -> None:
    """Refuses an answer in which somebody else speaks: the model would learn to write the next question itself."""
    if said[-1]["role"] != "assistant":
        raise ValueError(f"{name}: expected to end with the assistant, got {said[-1]['role']}")
    if other := next((message["role"] for message in said if message["role"] != "assistant"), ""):
        raise ValueError(f"{name}: expected turns of the assistant only, got one of {other}")
    if header and any(header in message["content"] for message in said):
        raise ValueError(f"{name}: expected the assistant's words only, got a turn of the user, {header!r}")
