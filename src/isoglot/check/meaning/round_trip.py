"""Round trips: a cell translated back, held against its pivot by chrF."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import numpy as np

from ...extras import need
from ...translators import Translation, Translator
from ...translators.cache import TranslationCache
from ..measure import Cell
from .compared import Compared, Fits, Seen

_OTHERS = 4  # sources of other prompts that each cell is held against


class RoundTrip(Compared):
    """Finds cells that do not come back: chrF (sacrebleu, 0 to 100) of the back-translation against the pivot.

    What is usual differs by language and engine, so that a cell is held against two things of its own language: the
    sources of other prompts, as in :class:`Compared`; and the median of all cells, below half of which something is
    missing.

    Args:
        translator: from the cells' languages to their pivots'.
        cache: what was translated before; used and added to.

    Raises:
        MissingLibraryError: without sacrebleu, of the extra ``translate``.
    """

    def __init__(self, translator: Translator, cache: TranslationCache) -> None:
        need("translate", "round trips")
        from sacrebleu.metrics.chrf import CHRF

        super().__init__(translator.spec, "round_trip")
        self._translator, self._cache, self._chrf = translator, cache, CHRF()
        self._loop: asyncio.AbstractEventLoop | None = None  # one for all calls: connections belong to theirs

    def fits(self, cells: Sequence[Cell]) -> list[Fits]:
        """One way; not a number for cells that did not come back; no way where the language is not translated."""
        source, target = cells[0].language, cells[0].source_language
        if why := self._translator.why_not(source, target):
            self.untold[source] = why
            return []
        self._loop = self._loop or asyncio.new_event_loop()
        back = self._loop.run_until_complete(self._back([cell.text for cell in cells], source, target))
        rng = np.random.default_rng(len(cells))
        own, wrong = np.full(len(cells), np.nan), []
        for place, (cell, text) in enumerate(zip(cells, back, strict=True)):
            if text is None:
                continue
            own[place] = self._score(text, cell.source)
            others = [cells[other].source for other in rng.integers(len(cells), size=_OTHERS)]
            wrong += [self._score(text, other) for other in others if other != cell.source]
        return [Fits(own, np.array(wrong))] if wrong else []

    def penalty(self, seen: Seen) -> float:
        """Below half of what is usual something is missing, even where the rest is of the right prompt."""
        return max(seen.wrong, min(1.0, 1.0 - 2 * seen.own / seen.usual)) if seen.usual > 0 else seen.wrong

    def detail(self, seen: Seen) -> str:
        """As ``chrF 12 when translated back, 58 is usual here``."""
        return f"chrF {seen.own:.0f} when translated back, {seen.usual:.0f} is usual here ({self.name})"

    def close(self) -> None:
        """Ends the translator's connections and processes; the cache is its owner's."""
        loop, self._loop = self._loop or asyncio.new_event_loop(), None
        loop.run_until_complete(self._translator.close())
        loop.close()

    def _score(self, text: str, source: str) -> float:
        return float(self._chrf.sentence_score(text, [source]).score)

    async def _back(self, texts: Sequence[str], source: str, target: str) -> list[str | None]:
        """Translations back, from the cache or the translator; None of what has none."""
        found: dict[str, Translation] = {}
        for text in dict.fromkeys(texts):
            if kept := self._cache.get(self._translator, text, source, target):
                found[text] = kept.translation
        missing = [text for text in dict.fromkeys(texts) if text not in found]
        size = self._translator.batch_size
        free = asyncio.Semaphore(self._translator.concurrency)

        async def ask(part: list[str]) -> None:
            async with free:
                made = await self._translator.translate(part, source, target)
            found.update(zip(part, made, strict=True))
            self._cache.add(
                self._translator, [(text, source, target, one) for text, one in zip(part, made, strict=True)]
            )

        await asyncio.gather(*(ask(missing[start : start + size]) for start in range(0, len(missing), size)))
        return [found[text].text for text in texts]
