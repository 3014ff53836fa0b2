"""Round trips: a cell translated back, held against its pivot by chrF."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from typing import Any

import numpy as np

from ...calls import say_waiting, stop
from ...errors import RunError
from ...extras import need
from ...progress import Show, Silent
from ...providers.usage import Usage, usage_said
from ...translators import Translation, Translator
from ...translators.asking import Asker, Stopped
from ...translators.asks import Backend
from ...translators.cache import TranslationCache
from ..checker import Cell
from .compared import Compared, Fits, Seen

_OTHERS = 4  # sources of other prompts that each cell is held against


class RoundTrip(Compared):
    """Finds cells that do not come back: chrF (sacrebleu, 0 to 100) of the back-translation against the pivot.

    What is usual differs by language and engine, so that a cell is held against two things of its own language: the
    sources of other prompts, as in :class:`Compared`; and the median of all cells, below half of which something is
    missing. A translator that does not work any more ends the round trips, and not the check.

    Args:
        translator: from the cells' languages to their pivots'.
        cache: what was translated before; used and added to.
        usage: takes the tokens.
        show: is told how many are translated back.

    Attributes:
        gave_up: why the translator does not work any more; empty while it does.

    Raises:
        MissingLibraryError: without sacrebleu, of the extra ``translate``.
    """

    def __init__(
        self,
        translator: Translator,
        cache: TranslationCache,
        *,
        usage: Usage | None = None,
        show: Show | None = None,
    ) -> None:
        need("translate", "round trips")
        from sacrebleu.metrics.chrf import CHRF

        super().__init__(translator.spec, "round_trip")
        self._enough = threading.Event()
        self._asker = Asker(Backend(translator, cache, usage or Usage()), self._enough)
        self._show, self._done, self._chrf = show or Silent(), set[int](), CHRF()
        self.gave_up = ""
        self._came_back = set[str]()  # languages
        self._busy = threading.Lock()  # held while calls are under way
        self._loop: asyncio.AbstractEventLoop | None = None  # one for all calls: connections belong to theirs

    def fits(self, cells: Sequence[Cell]) -> list[Fits]:
        """One way; not a number for cells that did not come back; no way where the language is not translated."""
        source, target = cells[0].language, cells[0].source_language
        if why := self._asker.why_not(source, target):
            self.untold[source] = why
            return []
        self._loop = self._loop or asyncio.new_event_loop()
        with self._busy:
            back = self._loop.run_until_complete(self._back(cells))
        if all(one.text is None for one in back):
            how_many = "not all of its cells were" if source in self._came_back else "none of its cells was"
            why = "" if self.gave_up else f": {back[-1].error.rstrip('.')}"  # which is said of the translator itself
            self.untold[source] = f"{how_many} translated back{why}"
        else:
            self._came_back.add(source)
        rng = np.random.default_rng(len(cells))
        own, wrong = np.full(len(cells), np.nan), []
        for place, (cell, one) in enumerate(zip(cells, back, strict=True)):
            if one.text is None:
                self.lacking[source] = "" if self.gave_up else f"not translated back, {one.error.rstrip('.')}"
                continue
            own[place] = self._score(one.text, cell.source)
            others = [cells[other].source for other in rng.integers(len(cells), size=_OTHERS)]
            wrong += [self._score(one.text, other) for other in others if other != cell.source]
        return [Fits(own, np.array(wrong))] if wrong else []

    def penalty(self, seen: Seen) -> float:
        """Below half of what is usual something is missing, even where the rest is of the right prompt."""
        return max(seen.wrong, min(1.0, 1.0 - 2 * seen.own / seen.usual)) if seen.usual > 0 else seen.wrong

    def detail(self, seen: Seen) -> str:
        """As ``chrF 12 when translated back, 58 is usual here``."""
        return f"chrF {seen.own:.0f} when translated back, {seen.usual:.0f} is usual here ({self.name})"

    def asked(self) -> dict[str, Any]:
        """What was asked for, and what it took: ``texts``, ``calls``, ``found`` in the cache, tokens and cost."""
        return self._asker.record()

    def stop(self) -> None:
        """Asks nothing more, and tries nothing again: a call under way, in another thread, returns soon."""
        self._enough.set()
        if self._loop is not None:
            stop(self._loop)
        if self._busy.locked():
            say_waiting("translations")

    def close(self) -> None:
        """Drops what another thread has under way, and ends the translator's connections; the cache is its owner's."""
        loop, self._loop = self._loop or asyncio.new_event_loop(), None
        if self._busy.locked():
            loop.call_soon_threadsafe(lambda: [task.cancel() for task in asyncio.all_tasks(loop)])
        with self._busy:
            loop.run_until_complete(self._asker.ended())
            loop.run_until_complete(self._asker.translator.close())
            loop.close()

    def _score(self, text: str, source: str) -> float:
        return float(self._chrf.sentence_score(text, [source]).score)

    async def _back(self, cells: Sequence[Cell]) -> list[Translation]:
        """Translations back; those that came, where the translator gives up meanwhile."""
        made = await asyncio.gather(*map(self._ask, cells))
        await self._asker.ended()
        return made

    async def _ask(self, cell: Cell) -> Translation:
        try:
            made = (await self._asker.ask(cell.text, cell.language, cell.source_language)).translation
        except (RunError, Stopped) as gone:
            self.gave_up = self.gave_up or str(gone) or "Stopped."
            return Translation(None, self.gave_up)
        if made.text is not None:
            self._done.add(hash((cell.id, cell.language)))  # of batches with few, cells come again
        count = f"{len(self._done):,} translated back"
        self._show.note(", ".join(filter(None, [count, usage_said(self._asker.usage)])))
        return made
