"""What stands for one translator in a chain: it is asked for texts, or only counted."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from ..providers.usage import Usage
from .cache import Kept, TranslationCache
from .translator import Translation, Translator

Pair = tuple[str, str]  # source and target
Refuses = Callable[[str, str, str, Translation], bool]  # of a text, its language, the target, and what is kept


@dataclass(frozen=True)
class Backend:
    """A translator as it is asked in a chain, and where its translations are kept.

    Attributes:
        translator: which.
        cache: where translations are kept.
        usage: takes the tokens, those that it would be where nothing is asked.
        name: of the translator, for people; None: its spec.
        refuses: which of what is kept is asked for again; None: nothing.
    """

    translator: Translator
    cache: TranslationCache
    usage: Usage = field(default_factory=Usage)
    name: str | None = None
    refuses: Refuses | None = None


class Asks(ABC):
    """What gives translations of one backend.

    Args:
        backend: which.

    Attributes:
        found: texts that were there already.
        texts: that are asked for.
        calls: in which they are.
    """

    def __init__(self, backend: Backend) -> None:
        self.translator, self.usage = backend.translator, backend.usage
        self.name = backend.name or backend.translator.spec
        self._cache, self._refuses = backend.cache, backend.refuses
        self._again: set[int] = set()  # by hash: what was refused in this run, and is taken as it is then
        self.found = self.texts = self.calls = 0
        self._why_not: dict[Pair, str] = {}

    @property
    def only_asking_tells(self) -> bool:
        """Whether only asking shows all pairs of languages that it lacks."""
        return bool(getattr(self.translator, "only_asking_tells", False))

    def why_not(self, source: str, target: str) -> str:
        """Why the translator cannot translate from one language to another; looked up once for each pair."""
        pair = source, target
        if pair not in self._why_not:
            self._why_not[pair] = self.translator.why_not(*pair)
        return self._why_not[pair]

    def record(self) -> dict[str, Any]:
        """What is asked and what it takes, as plain values."""
        return {
            "backend": self.name,
            "model": self.translator.model,
            "calls": self.calls,
            "texts": self.texts,
            "found": self.found,
            "input_tokens": self.usage.input,
            "output_tokens": self.usage.output,
            "cost": self.usage.cost,
        }

    @abstractmethod
    async def ask(self, text: str, source: str, target: str) -> Kept | None:
        """A text's translation, or why there is none, with its day; None where it would have to be asked for."""

    def _kept(self, text: str, source: str, target: str) -> Kept | None:
        """What is kept; None of what is not, and of what is refused and was not yet asked for again."""
        kept = self._cache.get(self.translator, text, source, target)
        if kept is None or self._refuses is None or (asked := hash((text, source, target))) in self._again:
            return kept
        if not self._refuses(text, source, target, kept.translation):
            return kept
        self._again.add(asked)
        return None
