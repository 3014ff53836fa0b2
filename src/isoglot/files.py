"""Files and folders that appear whole or not at all."""

from __future__ import annotations

import glob
import hashlib
import json
import math
import os
import platform
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from .escaping import in_json

_HOST = re.sub(r"[^\w.-]+", "_", platform.node())
_BLOCK, _BLOCKS = 1 << 16, 64  # bytes of a file that are looked at together, and how often


@contextmanager
def folder_made(folder: Path) -> Iterator[None]:
    """The folder is there, with its parents; of those that were made none is left empty at the end."""
    made = [path for path in (folder, *folder.parents) if not path.exists()]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        yield
    finally:
        for path in made:
            _remove_if_empty(path)


@contextmanager
def no_empty_folders(folder: Path) -> Iterator[None]:
    """What fails in the context leaves no empty folder in this one that was not there before."""
    before = set(_folders(folder))
    try:
        yield
    except BaseException:
        for path in _folders(folder):
            if path not in before:
                _remove_if_empty(path)
        raise


def _folders(folder: Path) -> list[Path]:
    """All folders in a folder, those inside of others first."""
    return [Path(place, name) for place, names, _ in os.walk(folder, topdown=False) for name in names]


def _remove_if_empty(folder: Path) -> None:
    with suppress(OSError):  # what has content is not removed, nor what is gone
        folder.rmdir()


@contextmanager
def written_whole(path: Path) -> Iterator[Path]:
    """A path next to ``path`` to write to, renamed to it at the end.

    A kill leaves the old file or the new one; an error inside the block leaves the old one and nothing next to it.
    A temporary file that a kill left is removed when the same host writes the file again.
    """
    own = f".{path.name}.isoglot-{_HOST}-"  # a folder may be another host's too, whose processes nobody here knows
    aside = path.with_name(f"{own}{os.getpid()}")
    with folder_made(path.parent):
        for left in path.parent.glob(f"{glob.escape(own)}*"):
            if _is_dead(left.name.removeprefix(own)):
                left.unlink(missing_ok=True)
        try:
            yield aside
            with open(aside, "rb+") as file:  # on disk before the name is
                os.fsync(file.fileno())
            aside.replace(path)
        except OSError as error:
            if error.errno is not None:  # of the system, which names no file where a write fails
                error.filename = error.filename or str(path)
            raise
        finally:
            aside.unlink(missing_ok=True)


def _is_dead(number: str) -> bool:
    """Whether a process of this host is no more; only POSIX can ask."""
    if os.name != "posix" or not number.isdecimal():
        return False
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return True
    except (OSError, OverflowError):
        return False
    return False


def sampled_hash(path: Path) -> str:
    """A short hash of a file's length and of 64 blocks from its beginning to its end; of up to 4 MiB, of all of it."""
    size = path.stat().st_size
    found = hashlib.sha256(str(size).encode())
    with open(path, "rb") as stream:
        if size <= _BLOCK * _BLOCKS:
            found.update(stream.read())
        else:
            for place in range(_BLOCKS):
                stream.seek(place * (size - _BLOCK) // (_BLOCKS - 1))
                found.update(stream.read(_BLOCK))
    return found.hexdigest()[:16]


_PACKED = ".gz"


def suffix_of(path: Path) -> str:
    """What a file's name says of its content, in lower case: ``.csv`` of ``a.csv``, and of ``a.CSV.gz``.

    Example:
        >>> suffix_of(Path("a.jsonl.gz")), suffix_of(Path("a.CSV")), suffix_of(Path("a"))
        ('.jsonl', '.csv', '')
    """
    suffix = path.suffix.lower()
    return Path(path.stem).suffix.lower() if suffix == _PACKED else suffix


def stem_of(path: Path) -> str:
    """A file's name without what :func:`suffix_of` gives: ``a`` of ``a.csv``, and of ``a.csv.gz``."""
    return Path(path.stem).stem if path.suffix.lower() == _PACKED else path.stem


def without_home(path: str) -> str:
    """A path below the user's home folder with ``~`` in place of that; others as they are."""
    home = str(Path.home()) + os.sep
    return f"~/{path.removeprefix(home)}" if path.startswith(home) else path


def write_text(path: Path, text: str) -> Path:
    """Writes ``text`` aside, then renames it to ``path``; a kill leaves the old file or the new one."""
    with written_whole(path) as aside:
        aside.write_text(text, encoding="utf-8", newline="")
    return path


def write_json(path: Path, value: Any) -> Path:
    """Writes ``value`` as indented JSON; not-a-number becomes null, since JSON has none."""
    return write_text(path, as_json(value, indent=2) + "\n")


def as_json(value: Any, *, indent: int | None = None) -> str:
    """``value`` as JSON that can be written and shown, whatever text is in it; not-a-number becomes null."""
    return in_json(json.dumps(without_nan(value), ensure_ascii=False, indent=indent))


def without_nan(value: Any) -> Any:
    """The value with every float that is not finite replaced by None."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: without_nan(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [without_nan(item) for item in value]
    return value
