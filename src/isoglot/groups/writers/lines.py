"""Prompt groups as lines of ``groups.jsonl``."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from ...errors import DataError, problem
from ...files import written_whole
from ..group import PromptGroup


def group_line(group: PromptGroup) -> str:
    """The line of one group, with its line feed."""
    return json.dumps(group.to_record(), ensure_ascii=False) + "\n"


def write_lines(groups: Iterable[PromptGroup], path: Path) -> None:
    """Writes ``groups.jsonl``; the file appears whole or not at all.

    Raises:
        DataError: for a name that says that the file is packed: such files are read, but not written.
    """
    if path.suffix.lower() == ".gz":
        got, step = path.name, "Pack it when it is written"
        raise DataError(problem(str(path), "the name of a file that is not packed", got, step))
    with written_whole(path) as aside, open(aside, "w", encoding="utf-8", newline="") as file:
        file.writelines(map(group_line, groups))
