"""What stands in the columns of a table, as far as it says what they are: gathered row by row."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from ...judges.offline.wording import known
from ...languages import called, canonical_tag, flores_codes, is_tag
from ..group import KINDS

KINDS_SAID = {"safe": "harmless", "unsafe": "harmful"}  # as XSTest's column label says it
PROMPT_NAMES = ("prompt", "text", "instruction", "question", "goal")  # of the field with the prompt, the first there is
_KINDS = {*KINDS, *KINDS_SAID}
_PROSE = re.compile(r"\S\s+\S|[^\x00-\u024f]")  # two words, or a letter of another script
_SENTENCE = re.compile(r"\S\s+\S+\s+\S")  # three words


@dataclass
class _Cells:
    """What stands in a column whose name leaves open what it is; empty cells aside."""

    count: int = 0
    prose: int = 0
    sentences: int = 0
    values: set[str] = field(default_factory=set)  # at most three

    def add(self, cell: Any) -> None:
        text = str(cell).strip()
        if cell is None or not text:
            return
        self.count += 1
        self.prose += isinstance(cell, list) or bool(_PROSE.search(text))  # a conversation is prose
        self.sentences += bool(_SENTENCE.search(text))
        if len(self.values) < 3:
            self.values.add(text.lower()[:100])


class Survey:
    """The names of a table's columns, and what stands in those of which it matters, gathered row by row."""

    def __init__(self) -> None:
        self.names: dict[str, None] = {}
        self._asked: dict[str, _Cells] = {}
        self._kinds: dict[str, int] = {}  # columns of nothing but kinds so far, with how many there were

    def add(self, record: Mapping[str, Any]) -> None:
        """Takes one row into account."""
        for name in record.keys() - self.names.keys():
            if name.lower() in ("id", "group", "label", *PROMPT_NAMES) or _may_be_tag(name) or named_in_english(name):
                self._asked[name] = _Cells()
            self._kinds[name] = 0
        self.names |= dict.fromkeys(record)
        for name in [*self._kinds]:
            text = str(record.get(name) or "").strip().lower()
            self._kinds[name] += text in _KINDS
            if text and text not in _KINDS:
                del self._kinds[name]
        for name, cells in self._asked.items():
            cells.add(record.get(name))

    @property
    def kinds(self) -> list[str]:
        """Columns that hold kinds and nothing else."""
        return [name for name, count in self._kinds.items() if count]

    def is_prose(self, name: str) -> bool:
        """Whether more than half of a column's cells have two words, or a letter of another script."""
        return 2 * self._asked[name].prose > self._asked[name].count

    def is_sentences(self, name: str) -> bool:
        """Whether more than half of a column's cells have three words."""
        return 2 * self._asked[name].sentences > self._asked[name].count

    def holds_only(self, name: str, values: Collection[str]) -> bool:
        """Whether a column has no other value, of two at most."""
        return self._asked[name].values <= set(values)


def named_in_english(name: str) -> list[str]:
    """The tags of the languages whose English names are in a column's: ``es`` for ``prompt_spanish``."""
    return [tag for part in re.findall(r"[^\W_]+", name) if (tag := called(part)) is not None]


def _may_be_tag(name: str) -> bool:
    tag = canonical_tag(name)
    return is_tag(tag) and not is_surely_tag(name, tag)


def is_surely_tag(name: str, tag: str) -> bool:
    """Whether a name is surely a tag.

    That is a code of FLORES-200, or one of a language that prompts often are in, and not another code of it (``per``).
    """
    return name.strip() in flores_codes() or (
        known(tag) and tag.startswith(name.strip().lower().replace("_", "-").partition("-")[0])
    )
