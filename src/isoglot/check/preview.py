"""What a check would look at and have translated back, counted without doing it."""

from __future__ import annotations

import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from ..calls import run
from ..languages import canonical_tag
from ..progress import Show
from ..translators.asks import Pair
from ..translators.counting import Counting
from .checker import Cell, cells_of
from .chosen import chosen
from .meaning.chance import LEAST
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
        kept), ``texts``, ``calls``, ``input_tokens``, ``output_tokens`` and ``cost`` of what would be asked, and
        ``too_few``, the languages of which nothing would be, as nothing could be said of them: tag -> cells.

    Raises:
        MissingFileError, DataError: as :func:`~isoglot.check.file.check_files`.
    """
    show.begin("Reading the prompts")
    wanted = None if languages is None else set(map(canonical_tag, languages))
    seen, cells = Counter[str](), Counter[str]()
    trips = None if back is None else _Back(back)
    with closing(Spool(Path(tempfile.gettempdir()))) as spool:

        async def count() -> None:
            for cell in _cells(reading, spool, show):
                seen[cell.language] += 1
                if wanted is None or canonical_tag(cell.language) in wanted:
                    cells[cell.language] += 1
                    if trips is not None:
                        await trips.add(cell)

        run(count)
        if languages is not None:
            chosen(languages, seen)
        return {
            "output": str(output),
            "groups": len(spool),
            "cells": dict(cells),
            "round_trip": None if trips is None else trips.record(),
        }


class _Back:
    """Counts round trips; the cells of a language wait until there are enough to be compared.

    Args:
        counting: in place of the backend.
    """

    def __init__(self, counting: Counting) -> None:
        self._counting = counting
        self._waiting: defaultdict[Pair, list[str]] = defaultdict(list)
        self._enough: set[Pair] = set()

    async def add(self, cell: Cell) -> None:
        """One more cell."""
        pair = cell.language, cell.source_language
        if self._counting.why_not(*pair):
            return
        self._waiting[pair].append(cell.text)
        if pair in self._enough or len(self._waiting[pair]) >= LEAST:
            self._enough.add(pair)
            for text in self._waiting.pop(pair):
                await self._counting.ask(text, *pair)

    def record(self) -> dict[str, Any]:
        """Plain values."""
        few = Counter[str]()
        for (language, _), texts in self._waiting.items():
            few[language] += len(texts)
        return self._counting.record() | {"too_few": dict(few)}


def _cells(reading: Reading, spool: Spool, show: Show) -> Iterator[Cell]:
    for _, group in reading.into(spool, show.advance):
        yield from cells_of(group)
