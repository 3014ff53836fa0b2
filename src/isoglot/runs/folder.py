"""Whose folder is this, and may I go on: one answer for every command that writes into one."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from ..errors import RunError, problem, short
from ..file_errors import cannot_be_written
from ..files import folder_made, no_empty_folders
from ..progress import is_first_process

try:
    import fcntl
except ImportError:
    fcntl = None  # type: ignore[assignment]

LOCK = ".lock"
FEW = 10  # differences that are named


@contextmanager
def held(folder: Path, lock: str = LOCK) -> Iterator[None]:
    """Keeps other processes from writing into the folder meanwhile; a killed process lets go by itself.

    The folder is made; if nothing came of it, it is removed again.

    Args:
        folder: where.
        lock: name of the lock's file: of a part of the folder that has a lock of its own.

    Raises:
        RunError: if another process is at work in the folder now, or a file is in its place; and in place of what the
            system says where there is no room for a file, or no permission to write it.
    """
    # Of a distributed run one process holds it for all; without fcntl (Windows) nobody does.
    with _in_words(folder):
        refuse_file(folder)
    if fcntl is None or not is_first_process():
        with _in_words(folder):
            yield
        return
    with _in_words(folder), folder_made(folder), no_empty_folders(folder):
        file = _locked(folder, lock)
        try:
            yield
        finally:
            (folder / lock).unlink(missing_ok=True)
            file.close()


@contextmanager
def _in_words(folder: Path) -> Iterator[None]:
    try:
        yield
    except Exception as error:
        if sentence := cannot_be_written(error, folder):
            raise RunError(sentence) from error
        raise


def _locked(folder: Path, lock: str) -> IO[str]:
    """The lock file, open and locked."""
    path = folder / lock
    while True:
        file = open(path, "w", encoding="utf-8")  # noqa: SIM115 - it stays open
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            expected, step = "no other process at work in it", "Wait for it to end, or stop it"
            raise RunError(problem(str(folder), expected, "one that is", step)) from None
        except OSError:  # a file system without locks
            return file
        # Who had it may have removed the file between our opening and locking it: then it is nobody's lock any more.
        if path.exists() and os.fstat(file.fileno()).st_ino == path.stat().st_ino:
            return file
        file.close()


def refuse_file(folder: Path) -> None:
    """Refuses a place for a folder where a file is.

    Raises:
        RunError: if the folder, or one that it would lie in, is a file.
    """
    there = next((path for path in (folder, *folder.parents) if path.exists()), None)
    if there is not None and not there.is_dir():
        got = "a file" if there == folder else f"the file {there}"
        raise RunError(problem(str(folder), "a folder, or a place for one", got, "Choose another output"))


def refuse_foreign(folder: Path, own: Collection[str], what: str, step: str = "Choose another output") -> None:
    """Refuses a folder that holds files, and none by which it would be known as ours.

    Args:
        folder: it need not exist.
        own: names of files or folders, any of which makes it ours.
        what: what it would be, as in ``"a sweep"``.
        step: what to do instead.

    Raises:
        RunError: if it is somebody else's.
    """
    names = {item.name for item in folder.iterdir()} - {LOCK} if folder.is_dir() else set()
    if names and names.isdisjoint(own):
        raise RunError(problem(str(folder), f"an empty folder or {what}'s", "a folder with other files", step))


def refuse_other_settings(
    folder: Path,
    before: Any,
    now: Mapping[str, Any],
    what: str,
    *,
    changed: Collection[str] = (),
    step: str = "Choose another output",
) -> None:
    """Refuses to go on with what was begun with other settings.

    Args:
        folder: where.
        before: the settings it was begun with, as plain values.
        now: those of this call.
        what: what is there, as in ``"a run"``.
        changed: further differences, in words.
        step: what to do instead.

    Raises:
        RunError: naming what differs, with both values; beyond ``FEW`` differences the rest is counted.
    """
    found = [*differences(before, now), *changed]
    if found:
        more = [f"and {len(found) - FEW} more"] if len(found) > FEW else []
        got = f"one with other settings: {'; '.join([*found[:FEW], *more])}"
        raise RunError(problem(str(folder), f"{what} with the same settings", got, step))


def differences(before: Any, now: Any, path: str = "") -> list[str]:
    """Dotted paths at which two trees of plain values differ, each with both values."""
    if isinstance(before, Mapping) and isinstance(now, Mapping):
        found = [
            differences(before.get(key), now.get(key), f"{path}.{key}" if path else str(key))
            for key in dict.fromkeys([*before, *now])
        ]
        return [item for items in found for item in items]
    return [] if before == now else [f"{path} ({short(before)} there, {short(now)} now)"]
