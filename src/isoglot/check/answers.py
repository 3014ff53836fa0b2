"""Answers that stand beside prompts and are the prompts again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from ..groups import PromptGroup, prompt_text
from ..groups.compared import normal

_TOLD = 5
_FIELDS = 100  # whose counts are kept


class Answers:
    """Other fields of groups, such as an answer that is trained on, whose text is one of the group's prompts.

    A field that has the prompt in most groups is a copy of it, and no answer.
    """

    def __init__(self) -> None:
        self._there, self._same = Counter[str](), Counter[str]()
        self._first: dict[str, list[str]] = {}

    def add(self, group: PromptGroup) -> None:
        """Looks at a group's other fields."""
        texts = {name: text for name, text in _texts(group.extra) if name in self._there or len(self._there) < _FIELDS}
        if not texts:
            return
        prompts = {normal(prompt_text(prompt)) for prompt in group.prompts.values()}
        longest = 2 * max(map(len, prompts))
        for name, text in texts.items():
            self._there[name] += 1
            if len(text) <= longest and normal(text) in prompts:
                self._same[name] += 1
                self._first.setdefault(name, [])
                if len(self._first[name]) < _TOLD:
                    self._first[name].append(group.id)

    def to_record(self) -> dict[str, Any]:
        """Field -> how many groups have it, in how many it is a prompt again, and the first of these."""
        return {
            name: {"groups": self._there[name], "count": count, "first": self._first[name]}
            for name, count in self._same.items()
            if 2 * count < self._there[name]
        }


def _texts(extra: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    return ((name, text) for name, text in extra.items() if isinstance(text, str) and text.strip())
