"""What translation models that run here have in common: they are given sentences, in a thread of their own."""

from __future__ import annotations

import asyncio
import threading
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from ..errors import ConfigError, IsoglotError, first_line, problem
from ..escaping import whole
from .keeping import keeping
from .tokens import Tokens
from .translator import NoPair, Translation

BEAMS = 4
_LONGEST = 512  # tokens of a sentence; no family was trained on longer ones
_ROOM, _LONGER = 16, 3  # tokens of a translation: so many, and so many times those of its source


class Spec(NamedTuple):
    """Which model: its place, where its tokenizer is, and how many beams are kept."""

    spec: str
    place: str
    tokenizer: str
    beams: int = BEAMS

    @classmethod
    def parse(cls, spec: str) -> Spec:
        """From ``KIND:PLACE@TOKENIZER#beams=N``, of which the last two may be left out.

        Raises:
            ConfigError: for another form.
        """
        kind, _, rest = spec.partition(":")
        named, _, option = rest.partition("#")
        place, _, tokenizer = named.partition("@") if kind == "ct2" else (named, "", "")
        key, _, number = (option or f"beams={BEAMS}").partition("=")
        if not place or key != "beams" or not number.isdecimal() or not int(number):
            raise ConfigError(problem("backend", f"{kind}:MODEL or {kind}:MODEL#beams=N", repr(spec)))
        return cls(spec, place, tokenizer or place, int(number))


class LocalModel(ABC):
    """A sequence-to-sequence model; loaded when it is first needed.

    Args:
        spec: which.
        name: of the model, for people.
        settings: what decides its translations besides the beams.
    """

    backend: str
    batch_size = 64
    concurrency = 1

    def __init__(self, spec: Spec, name: str, settings: Mapping[str, Any]) -> None:
        self._asked = spec
        self.spec, self.model = spec.spec, name
        self.settings: Mapping[str, Any] = {"beams": spec.beams, **settings}
        self._tokens: Tokens | None = None
        self._loaded = False
        self._lock = threading.Lock()  # the tokenizer's source language and the model are one at a time

    def why_not(self, source: str, target: str) -> str:
        """Why the model cannot translate between two languages; loads its tokenizer.

        Raises:
            ModelError: for a tokenizer that does not load.
        """
        with self._lock:
            return self._tokenizer().why_not(source, target)

    def estimate(self, text: str, source: str, target: str) -> tuple[int, int]:  # noqa: ARG002
        """Its tokens cost nothing."""
        return 0, 0

    async def translate(self, texts: Sequence[str], source: str, target: str) -> Sequence[Translation]:
        """Translations; see :class:`~isoglot.translators.Translator`.

        Raises:
            ModelError: for a model that does not load.
            NoPair: for languages of which :meth:`why_not` says that it lacks them.
        """

        async def plain(sentences: list[str]) -> Sequence[Translation]:
            return await asyncio.to_thread(self._translated, sentences, source, target)

        return await keeping(texts, plain, unit="sentence", target=target)

    async def close(self) -> None:
        """Lets go of the model."""
        with self._lock:
            self._unload()
            self._loaded = False

    def _translated(self, sentences: list[str], source: str, target: str) -> list[Translation]:
        with self._lock:
            tokens = self._tokenizer()
            if why := tokens.why_not(source, target):
                raise NoPair(why)
            if not self._loaded:
                self._load()
                self._loaded = True
            rows = tokens.encode([whole(one) for one in sentences], source, target)
            longest = min(_LONGEST, tokens.positions, self._positions())
            fits = [place for place, row in enumerate(rows) if len(row) <= longest]
            try:
                made = self._generate([rows[place] for place in fits], tokens.first(target))
            except IsoglotError:
                raise
            except Exception as error:  # of another library, out of memory among them
                return [Translation(None, f"{self.spec}: {type(error).__name__}: {first_line(error)}")] * len(rows)
            found = [_too_long(len(row), longest) for row in rows]
            for place, ids in zip(fits, made, strict=True):
                found[place] = self._read(tokens, ids, target)
            return found

    def _read(self, tokens: Tokens, ids: Sequence[int], target: str) -> Translation:
        if not tokens.ended(ids):
            return Translation(None, f"cut: no end after {len(ids)} tokens", lasting=True)
        return Translation(whole(tokens.decode(ids, target)))

    def _tokenizer(self) -> Tokens:
        if self._tokens is None:
            self._tokens = Tokens(self._asked.tokenizer, self.model)
        return self._tokens

    @abstractmethod
    def _load(self) -> None:
        """Loads the model."""

    @abstractmethod
    def _unload(self) -> None:
        """Lets go of it."""

    @abstractmethod
    def _positions(self) -> int:
        """Tokens that it has places for."""

    @abstractmethod
    def _generate(self, rows: list[list[int]], first: int | None) -> list[list[int]]:
        """Token ids of the translations of some rows, each with its first token and its end, if there is one.

        Args:
            rows: token ids of the sources.
            first: the token that each translation begins with.
        """


def room(tokens: int) -> int:
    """How many tokens a translation may have, of a source with so many."""
    return _ROOM + _LONGER * tokens


def _too_long(tokens: int, longest: int) -> Translation:
    error = f"too long: a sentence of {tokens} tokens, where the model reads {longest}"
    return Translation(None, error, lasting=True)
