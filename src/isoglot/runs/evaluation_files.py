"""The files that an evaluation writes into its folder, beside which others may lie."""

from __future__ import annotations

from pathlib import Path

from .evaluations import AGAIN, PROTOCOL, PROTOCOL_PAGE
from .judged import files_of_judges
from .responses import RESPONSES
from .shards import shards_in


def files_of_evaluation(folder: Path) -> list[Path]:
    """Those that are there: responses, also in parts, what judges found of them, and what says how both were made."""
    named = [folder / name for name in (RESPONSES, PROTOCOL, PROTOCOL_PAGE, AGAIN)]
    parts = [shard.path(folder) for shard in shards_in(folder)]
    return [path for path in (*named, *parts, *files_of_judges(folder)) if path.is_file()]
