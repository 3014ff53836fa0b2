"""The kind of groups whose file does not say it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ..errors import DataError, problem
from .group import KINDS
from .readers.row import Row


def with_kinds(rows: Iterable[Row], kind: str | None, *, wanted: bool) -> Iterator[Row]:
    """The rows, with a kind for those that say none.

    Args:
        rows: of a reader.
        kind: for these rows; None leaves it open.
        wanted: whether a row must have one: else a table's harmless prompts would be trained on as harmful ones.

    Raises:
        DataError: if no row says it where it is wanted.
    """
    waiting: list[Row] = []  # rows that say none, until one says it
    said, first = kind is not None or not wanted, None
    for row in rows:
        if not isinstance(row.record, dict):
            yield row
        elif row.record.get("kind") is not None:
            said = True
            yield from waiting
            waiting = []
            yield row
        elif kind is not None:
            yield row._replace(record=row.record | {"kind": kind})
        elif wanted:
            first = first or row
            none = row._replace(record=None, reason=f"kind: expected {' or '.join(KINDS)}, got nothing")
            if said:
                yield none
            else:
                waiting.append(none)
        else:
            yield row
    if first is not None and not said:
        expected = f"a column kind ({' or '.join(KINDS)})"
        step = (
            "Add it, or say which all are: --kind on the command line, PromptGroups.read(path, kind=...), "
            "data.groups: {path: ..., kind: harmful} in a run file"
        )
        raise DataError(problem(str(first.file), expected, _columns(first), step))


def _columns(row: Row) -> str:
    own = [name for name in row.record if name not in ("id", "prompts")]
    names = [*(row.record.get("prompts") or {}), *own]
    return ", ".join(names[:20]) + (" ..." if len(names) > 20 else "")
