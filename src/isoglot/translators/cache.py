"""Translations that were made before, on disk: what was paid for once is not paid for again."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from .translator import Translation, Translator


class Kept(NamedTuple):
    """A translation with the day that it was made on, as ``2026-11-27``."""

    translation: Translation
    day: str


class TranslationCache:
    """A content-addressed store in SQLite: (text, source, target, backend, model, settings) -> translation.

    Safe to kill at any time: what :meth:`add` has returned from is there. Several processes may share one file.

    Args:
        path: of the file; made with its folder where it is not there.

    Raises:
        DataError: for a file that is no such store.
    """

    def __init__(self, path: Path) -> None:
        raise NotImplementedError

    def get(self, translator: Translator, text: str, source: str, target: str) -> Kept | None:
        """What was made before, a lasting error too; None if nothing."""
        raise NotImplementedError

    def add(self, translator: Translator, made: list[tuple[str, str, str, Translation]]) -> None:
        """Keeps some (text, source, target, translation) at once; those that failed for now are left out."""
        raise NotImplementedError

    def close(self) -> None:
        """Closes the file."""
        raise NotImplementedError
