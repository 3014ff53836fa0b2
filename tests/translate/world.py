"""Prompts with their right translations, and what gives them: a translator in memory, and answers of a server."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from isoglot import PromptGroups
from isoglot.translators import Translation

SENTENCES = {
    "en": "How do I bake bread for {} people?",
    "es": "¿Cómo puedo hornear pan para {} personas?",
    "de": "Wie backe ich Brot für {} Personen?",
}
REFUSAL = "I'm sorry, but I cannot help with that."
DECLINED = Translation(None, "declined", lasting=True)
BROKEN = Translation(None, "no answer in 5 seconds")


def text(number: int, language: str = "en") -> str:
    return SENTENCES[language].format(number)


def right(source: str, target: str) -> str:
    """The translation of a sentence, by the number in it."""
    return text(int(re.search(r"\d+", source)[0]), target)


def groups(count: int, start: int = 10) -> PromptGroups:
    return PromptGroups.from_columns({"en": [text(n) for n in range(start, start + count)]}, kind="harmful")


def answer(body: Mapping[str, Any]) -> str:
    """What a server gives that does what it is asked: the right translation, in the form that the wording wants."""
    asked = body["messages"][0]["content"]
    target = "es" if "into Spanish (" in asked else "de"
    return f"<translation>{right(asked.split('<text>')[-1], target)}</translation>"


class Fake:
    """A translator in memory.

    Args:
        make: the translation of a text, as a text or with all about it.
        backend: its name.
    """

    def __init__(
        self, make: Callable[[str, str], str | Translation] = right, backend: str = "fake", **settings: Any
    ) -> None:
        self.spec, self.backend, self.model = f"{backend}:m", backend, "m"
        self.settings: Mapping[str, Any] = settings
        self.batch_size, self.concurrency = 1, 4
        self.calls: list[tuple[str, list[str]]] = []
        self.busiest = self.busy = 0
        self.closed = 0
        self._make = make

    @property
    def asked(self) -> list[str]:
        return [text for _, texts in self.calls for text in texts]

    def why_not(self, source: str, target: str) -> str:
        return "" if target in SENTENCES else f"it has {', '.join(SENTENCES)}"

    def estimate(self, text: str, source: str, target: str) -> tuple[int, int]:
        return len(text), 2 * len(text)

    async def translate(self, texts: Sequence[str], source: str, target: str) -> list[Translation]:
        self.calls.append((target, list(texts)))
        self.busy += 1
        self.busiest = max(self.busiest, self.busy)
        await asyncio.sleep(0.001 * (len(self.calls) % 3))
        self.busy -= 1
        made = [self._make(text, target) for text in texts]
        return [Translation(one, "", False, 10, 3) if isinstance(one, str) else one for one in made]

    async def close(self) -> None:
        self.closed += 1
