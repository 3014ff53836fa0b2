"""Translations that are there already: a file of prompt groups, or a table of sources and translations."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ..errors import ConfigError, MissingFileError, problem, some
from ..files import stem_of, suffix_of, without_home
from ..groups import PromptGroup, PromptGroups
from ..groups.reading import collected, rows_of
from ..languages import base_tag, canonical_tag, meant
from ..models.messages import Prompt
from ..runs.environment import content_hash
from .translator import Translation

_NAMED = re.compile(r"(?:^|[._])([A-Za-z]{2,3}(?:_[A-Za-z]+)?)-([A-Za-z]{2,3}(?:_[A-Za-z]+)?)$")
_ANY_SPACE = re.compile(r"\s+")


class GivenTranslations:
    """Looks a text up among those of a file, in whichever group it stands; spaces aside.

    Args:
        spec: ``file:PATH`` of any file that ``PromptGroups.read`` reads, or of a TSV or CSV without a line of names,
            whose own name says its languages, as in ``mine.en-sw.tsv``.

    Raises:
        ConfigError: without a path.
        MissingFileError: where there is nothing at the path.
    """

    backend = "file"
    batch_size = 256
    concurrency = 1
    looks_up = True

    def __init__(self, spec: str) -> None:
        path = spec.partition(":")[2]
        if not path:
            raise ConfigError(problem("backend", "file:PATH", repr(spec)))
        self._path = Path(path).expanduser()
        if not self._path.exists():
            raise MissingFileError(
                problem("backend", "a file of translations", f"nothing at {path!r}", "Check the path")
            )
        self.spec, self.model = f"file:{without_home(path)}", self._path.name
        self.settings: Mapping[str, Any] = {"hash": content_hash(self._path)}
        self._groups: list[PromptGroup] | None = None
        self._found: dict[tuple[str, str], dict[str, str]] = {}

    def why_not(self, source: str, target: str) -> str:
        """Why the file has none for two languages; reads it when first asked.

        Raises:
            DataError: for a file that cannot be read: every bad row.
        """
        tags = list(dict.fromkeys(tag for group in self._read() for tag in group.prompts))
        missing = [tag for tag in (source, target) if meant(tag, tags) is None]
        return f"{self._path.name} has {some(tags, 12)}, not {' and '.join(missing)}" if missing else ""

    def estimate(self, text: str, source: str, target: str) -> tuple[int, int]:  # noqa: ARG002
        """It costs nothing."""
        return 0, 0

    async def translate(self, texts: Sequence[str], source: str, target: str) -> Sequence[Translation]:
        """Translations; see :class:`~isoglot.translators.Translator`."""
        if (found := self._found.get((source, target))) is None:
            found = {}
            for text, translation in self._pairs(source, target):
                found.setdefault(_folded(text), translation)
            self._found[source, target] = found
        none = Translation(None, f"no translation of this text in {self._path.name}", lasting=True)
        made = (found.get(_folded(text)) for text in texts)
        return [none if one is None else Translation(one) for one in made]

    async def close(self) -> None:
        """Nothing is open."""

    def _read(self) -> list[PromptGroup]:
        if self._groups is None:
            rows = rows_of(self._path, columns=self._columns(), any_kind=True)
            self._groups = list(PromptGroups(collected([rows], skip_bad_rows=False, names=[str(self._path)])))
        return self._groups

    def _columns(self) -> dict[str, str] | None:
        """Of a table without names, the languages that its file's name says."""
        found = _NAMED.search(stem_of(self._path))
        if found is None or suffix_of(self._path) not in (".tsv", ".csv") or not all(map(base_tag, found.groups())):
            return None
        return {canonical_tag(found[1]): "1", canonical_tag(found[2]): "2"}

    def _pairs(self, source: str, target: str) -> Iterator[tuple[str, str]]:
        """Texts and their translations, those of conversations message by message."""
        for group in self._read():
            here, there = meant(source, group.prompts), meant(target, group.prompts)
            if here is not None and there is not None:
                texts, others = _texts(group.prompts[here]), _texts(group.prompts[there])
                if len(texts) == len(others):
                    yield from zip(texts, others, strict=True)


def _texts(prompt: Prompt) -> list[str]:
    return [prompt] if isinstance(prompt, str) else [message["content"] for message in prompt]


def _folded(text: str) -> str:
    return _ANY_SPACE.sub(" ", unicodedata.normalize("NFC", text)).strip()
