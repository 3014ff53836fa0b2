"""What a translator would be asked, counted without asking it."""

from __future__ import annotations

from collections import Counter

from .asks import Asks, Backend, Pair
from .cache import Kept


class Counting(Asks):
    """In place of a translator: gives what is kept, and counts what would be asked.

    One that only looks a text up is asked, so that what it does not have is counted for others.

    Args:
        backend: which.
    """

    def __init__(self, backend: Backend) -> None:
        super().__init__(backend)
        self._asked: set[int] = set()  # by hash: of a million texts, too
        self._of_pair: Counter[Pair] = Counter()

    async def ask(self, text: str, source: str, target: str) -> Kept | None:
        """What is kept, or None for what would be asked."""
        asked = hash((text, source, target))
        kept = None if asked in self._asked else self._kept(text, source, target)
        if kept is not None:
            self.found += 1
            return kept
        if asked not in self._asked:
            self._asked.add(asked)
            self.texts += 1
            self.calls += self._of_pair[source, target] % max(1, self.translator.batch_size) == 0  # a call is full
            self._of_pair[source, target] += 1
            self.usage.add(*self.translator.estimate(text, source, target))
        if not getattr(self.translator, "looks_up", False):
            return None
        (made,) = await self.translator.translate([text], source, target)
        return Kept(made, "")
