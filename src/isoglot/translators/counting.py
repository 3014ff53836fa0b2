"""What a translator would be asked, counted without asking it."""

from __future__ import annotations

from collections import Counter

from ..providers.usage import Usage
from .asks import Asks, Pair, Refuses
from .cache import Kept, TranslationCache
from .translator import Translator


class Counting(Asks):
    """In place of a translator: gives what is kept, and counts what would be asked.

    One that only looks a text up is asked, so that what it does not have is counted for others.

    Args:
        translator: which.
        cache: where translations are kept.
        usage: takes about how many tokens it would be.
        name: of the translator, for people; None: its spec.
        refuses: which of what is kept is asked for again; None: nothing.
    """

    def __init__(
        self,
        translator: Translator,
        cache: TranslationCache,
        usage: Usage,
        name: str | None = None,
        refuses: Refuses | None = None,
    ) -> None:
        super().__init__(translator, cache, usage, name, refuses)
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
