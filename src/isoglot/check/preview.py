"""What a check would look at and have translated back, counted without doing it."""

from __future__ import annotations

import asyncio
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from ..groups import prompt_text
from ..languages import canonical_tag
from ..progress import Show
from ..translators.counting import Counting
from .chosen import chosen
from .measure import Cell
from .reading import Reading
from .spool import Spool


def preview(
    reading: Reading, output: Path, show: Show, *, languages: Sequence[str] | None, back: Counting | None
) -> dict[str, Any]:
    """What :func:`~isoglot.check.file.check_files` would do; arguments as there. Nothing of it is written.

    Args:
        reading: the files.
        output: the folder.
        show: where progress is shown.
        languages: tags of the translations to check; None: all.
        back: counts what would be translated back; None where nothing would.

    Returns:
        Plain values: ``output``; ``groups``; ``cells`` by language; and ``round_trip``, with ``found`` (texts that are
        kept), ``texts``, ``calls``, ``input_tokens``, ``output_tokens`` and ``cost`` of what would be asked.

    Raises:
        MissingFileError, DataError: as :func:`~isoglot.check.file.check_files`.
    """
    show.begin("Reading the prompts")
    wanted = None if languages is None else set(map(canonical_tag, languages))
    seen, cells = Counter[str](), Counter[str]()
    with closing(Spool(Path(tempfile.gettempdir()))) as spool:

        async def count() -> None:
            for cell in _cells(reading, spool, show):
                seen[cell.language] += 1
                if wanted is None or canonical_tag(cell.language) in wanted:
                    cells[cell.language] += 1
                    if back is not None and not back.why_not(cell.language, cell.source_language):
                        await back.ask(cell.text, cell.language, cell.source_language)

        asyncio.run(count())
        if languages is not None:
            chosen(languages, seen)
        return {
            "output": str(output),
            "groups": len(spool),
            "cells": dict(cells),
            "round_trip": None if back is None else back.record(),
        }


def _cells(reading: Reading, spool: Spool, show: Show) -> Iterator[Cell]:
    """The translations of groups that have a pivot."""
    for _, group in reading.into(spool, show.advance):
        prompts = dict(group.prompts.items())
        if (pivot := prompts.pop(group.pivot, None)) is not None:
            source = prompt_text(pivot)
            for tag, prompt in prompts.items():
                yield Cell(group.id, source, group.pivot, prompt_text(prompt), tag)
