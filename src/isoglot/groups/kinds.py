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
    if kind is None and wanted:
        rows = list(rows)
        named = [row for row in rows if isinstance(row.record, dict)]
        if named and not any("kind" in row.record for row in named):
            expected = f"a column kind ({' or '.join(KINDS)})"
            step = (
                "Add it, or say which all are: --kind of isoglot evaluate, PromptGroups.read(path, kind=...), "
                "data.groups: {path: ..., kind: harmful} in a run file"
            )
            raise DataError(problem(str(named[0].file), expected, _columns(named[0]), step))
    for row in rows:
        if not isinstance(row.record, dict) or row.record.get("kind") is not None:
            yield row
        elif kind is not None:
            yield row._replace(record=row.record | {"kind": kind})
        elif wanted:
            yield row._replace(record=None, reason=f"kind: expected {' or '.join(KINDS)}, got nothing")
        else:
            yield row


def _columns(row: Row) -> str:
    own = [name for name in row.record if name not in ("id", "prompts")]
    names = [*(row.record.get("prompts") or {}), *own]
    return ", ".join(names[:20]) + (" ..." if len(names) > 20 else "")
