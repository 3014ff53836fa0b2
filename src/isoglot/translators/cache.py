"""Translations that were made before, on disk: what was paid for once is not paid for again."""

from __future__ import annotations

import errno
import hashlib
import json
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from ..errors import DataError, first_line, problem
from ..escaping import whole
from ..files import folder_made
from .translator import Translation, Translator

T = TypeVar("T")
NOWHERE = Path(":memory:")  # as SQLite calls the place of a store that ends with the process
_OURS = 0x69736F74  # of SQLite's application_id: whose file it is
_VERSION = 1
_PATIENCE, _PAUSE = 60.0, 0.02  # seconds to wait for another process that writes, and between two looks
_CLOSED = ("unable to open", "readonly")  # how SQLite says that it may not
_FULL = "database or disk is full"
_TABLES = """
CREATE TABLE IF NOT EXISTS translations (
    asked BLOB PRIMARY KEY, text TEXT, error TEXT NOT NULL, input_tokens INTEGER NOT NULL,
    output_tokens INTEGER NOT NULL, day TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS requests (request BLOB PRIMARY KEY, name TEXT NOT NULL, batch TEXT) WITHOUT ROWID;
"""


class Kept(NamedTuple):
    """A translation with the day that it was made on, as ``2026-11-27``.

    Attributes:
        translation: what was made, or a lasting error.
        day: when.
        again: why it could not be asked for again, which may pass; empty where it was not tried.
    """

    translation: Translation
    day: str
    again: str = ""


class Sent(NamedTuple):
    """Where a request went that is answered later: the name that we gave its batch, and the server's id of it."""

    name: str
    batch: str | None


class TranslationCache:
    """A content-addressed store in SQLite: (text, source, target, backend, model, settings) -> translation.

    Safe to kill at any time: what :meth:`add` has returned from is there. Several processes of one machine may share
    one file. It holds translations and hashes of what was asked: no source texts, no addresses, no keys.

    Args:
        path: of the file; made with its folder where it is not there.
        read_only: whether nothing is written, beside the file neither; it is there then.

    Raises:
        DataError: for a file that is no such store, or cannot be written.
    """

    def __init__(self, path: Path, *, read_only: bool = False) -> None:
        self._path, self._lock = path, threading.Lock()
        if not read_only:
            path.parent.mkdir(parents=True, exist_ok=True)
        place = _only_read(path) if read_only else path
        with self._told():
            self._store = sqlite3.connect(
                place, timeout=_PATIENCE, isolation_level=None, check_same_thread=False, uri=read_only
            )
        try:
            self._done(self._whose if read_only else self._open)
        except BaseException:
            self._store.close()
            raise

    def get(self, translator: Translator, text: str, source: str, target: str) -> Kept | None:
        """What was made before, a lasting error too; None if nothing."""
        asked = _Asker(translator)(text, source, target)
        query = "SELECT text, error, input_tokens, output_tokens, day FROM translations WHERE asked = ?"
        row = self._done(lambda: self._store.execute(query, (asked,)).fetchone())
        if row is None:
            return None
        made, error, read, written, day = row
        return Kept(Translation(made, error, made is None, read, written), day)

    def add(self, translator: Translator, made: Sequence[tuple[str, str, str, Translation]]) -> None:
        """Keeps some (text, source, target, translation) at once; those that failed for now are left out."""
        day, asker = datetime.now(timezone.utc).date().isoformat(), _Asker(translator)
        rows = [
            (asker(*asked), one.text and whole(one.text), one.error, one.input_tokens, one.output_tokens, day)
            for *asked, one in made
            if one.text is not None or one.lasting
        ]
        self._write("INSERT OR REPLACE INTO translations VALUES (?, ?, ?, ?, ?, ?)", rows)

    def sent(self, requests: Sequence[bytes]) -> dict[bytes, Sent]:
        """Where requests are that wait for an answer; those that were never sent are left out."""
        query = "SELECT name, batch FROM requests WHERE request = ?"
        rows = self._done(lambda: [(one, self._store.execute(query, (one,)).fetchone()) for one in requests])
        return {request: Sent(*row) for request, row in rows if row is not None}

    def send(self, requests: Sequence[bytes], where: Sent) -> None:
        """Notes where requests are sent."""
        rows = [(request, *where) for request in requests]
        self._write("INSERT OR REPLACE INTO requests VALUES (?, ?, ?)", rows)

    def forget(self, requests: Sequence[bytes]) -> None:
        """Requests wait for no answer any more."""
        self._write("DELETE FROM requests WHERE request = ?", [(request,) for request in requests])

    def is_empty(self) -> bool:
        """Whether nothing is kept, and nothing waited for."""
        query = "SELECT EXISTS (SELECT 1 FROM translations UNION ALL SELECT 1 FROM requests)"
        return not self._done(lambda: self._store.execute(query).fetchone()[0])

    def close(self) -> None:
        """Closes the file."""
        with self._lock:
            self._store.close()

    def _whose(self) -> bool:
        """Whether it is a store already; nothing is, and will be one."""
        store = self._store
        mine = store.execute("PRAGMA application_id").fetchone()[0], store.execute("PRAGMA user_version").fetchone()[0]
        if mine == (_OURS, _VERSION):
            return True
        query = "SELECT count(*) FROM sqlite_master WHERE name NOT IN ('translations', 'requests')"
        if store.execute(query).fetchone()[0]:
            raise sqlite3.DatabaseError("a database of something else")
        if mine[0] == _OURS and mine[1] > _VERSION:
            raise sqlite3.DatabaseError("one of a later version of isoglot")
        return False

    def _open(self) -> None:
        store = self._store
        if not self._whose():
            store.execute("BEGIN IMMEDIATE")  # one process makes it; who comes second finds it made
            self._whose()
            for statement in filter(str.strip, _TABLES.split(";")):
                store.execute(statement)
            store.execute(f"PRAGMA application_id = {_OURS}")
            store.execute(f"PRAGMA user_version = {_VERSION}")
            store.execute("COMMIT")
        # A commit is then a write without a wait for the disk: a kill loses nothing, a power cut the last moments.
        store.execute("PRAGMA journal_mode = WAL")
        store.execute("PRAGMA synchronous = NORMAL")

    def _write(self, statement: str, rows: Sequence[tuple[Any, ...]]) -> None:
        def write() -> None:
            self._store.execute("BEGIN IMMEDIATE")
            self._store.executemany(statement, rows)
            self._store.execute("COMMIT")

        if rows:
            self._done(write)

    def _done(self, work: Callable[[], T]) -> T:
        """What some work with the file gives; from its beginning where another process was in the way.

        SQLite waits by itself for one that writes, but not always for one that makes, opens or leaves the file.
        """
        until = time.monotonic() + _PATIENCE
        with self._lock, self._told():
            while True:
                try:
                    return work()
                except BaseException as error:
                    if self._store.in_transaction:
                        self._store.execute("ROLLBACK")
                    in_the_way = isinstance(error, sqlite3.OperationalError) and "locked" in str(error)
                    if not in_the_way or time.monotonic() > until:
                        raise
                time.sleep(_PAUSE)

    @contextmanager
    def _told(self) -> Iterator[None]:
        """What SQLite says of the file, as a problem of it."""
        try:
            yield
        except sqlite3.Error as error:
            if _FULL in str(error):
                raise OSError(errno.ENOSPC, _FULL, str(self._path)) from error
            expected, step = "a store of translations", "Move it away, or name another (isoglot translate: --cache)"
            if any(words in str(error) for words in _CLOSED):
                expected, step = "a store that can be written", "Name another place (isoglot translate: --cache)"
            raise DataError(problem(str(self._path), expected, first_line(error), step)) from error


@contextmanager
def opened(path: Path, *, read_only: bool = False) -> Iterator[TranslationCache]:
    """The store at a path, while the context lasts. One that was not there and has kept nothing is not left.

    Args:
        path: as :class:`TranslationCache` takes it.
        read_only: whether nothing is written; a store that is not there is an empty one then.

    Raises:
        DataError: as :class:`TranslationCache`.
    """
    there = path.exists()
    if read_only and (not there or (path.is_file() and not path.stat().st_size)):
        with closing(TranslationCache(NOWHERE)) as nowhere:
            yield nowhere
        return
    unused = False
    with folder_made(path.parent):
        try:
            with closing(TranslationCache(path, read_only=read_only)) as cache:
                try:
                    yield cache
                finally:
                    unused = not there and cache.is_empty()
        finally:
            if unused:
                path.unlink(missing_ok=True)


def _only_read(path: Path) -> str:
    """The file for SQLite to read alone.

    Files stand beside one that is in use, or was when its process was killed; beside another SQLite would make them.
    """
    in_use = path.with_name(f"{path.name}-wal").exists()
    return f"{path.absolute().as_uri()}?{'mode=ro' if in_use else 'immutable=1'}"


class _Asker:
    """Hashes what a translator is asked."""

    def __init__(self, translator: Translator) -> None:
        settings: Mapping[str, Any] = dict(translator.settings)
        self._parts = [translator.backend, translator.model, json.dumps(settings, sort_keys=True)]

    def __call__(self, text: str, source: str, target: str) -> bytes:
        asked = json.dumps([text, source, target, *self._parts])  # in which halves of surrogate pairs are escapes
        return hashlib.blake2b(asked.encode(), digest_size=16).digest()
