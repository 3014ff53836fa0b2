"""Paid answers of a task: on disk as they come and found again by what was asked, until the task is done."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import IO, Any

from ..files import as_json, write_text
from ..runs import json_object
from .answer import Answer


class Kept:
    """The answers in ``utility.<task>.partial``; lines that a kill left half-written are dropped.

    Args:
        path: of the file.
    """

    def __init__(self, path: Path) -> None:
        self.path, self._found = path, dict(_read(path))
        self._file: IO[str] | None = None

    def __contains__(self, asked: str) -> bool:
        return asked in self._found

    def __getitem__(self, asked: str) -> Answer:
        return self._found[asked]

    def __enter__(self) -> Kept:
        write_text(self.path, "".join(_line(asked, answer) for asked, answer in self._found.items()))
        self._file = open(self.path, "a", encoding="utf-8", newline="")
        return self

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            self._file.close()

    def add(self, asked: str, answer: Answer) -> None:
        """A further answer: on its way to the disk when this returns."""
        if self._file is None:
            raise ValueError("answers are added while the file is open")
        self._file.write(_line(asked, answer))
        self._file.flush()
        self._found[asked] = answer


def question(*parts: Any) -> str:
    """What identifies a question: a hash of its parts, plain values."""
    return hashlib.blake2b(json.dumps(parts, sort_keys=True).encode(), digest_size=16).hexdigest()


def _line(asked: str, answer: Answer) -> str:
    return as_json({"asked": asked, "response": str(answer), "finish": answer.finish}) + "\n"


def _read(path: Path) -> list[tuple[str, Answer]]:
    found = []
    for line in path.read_bytes().splitlines(keepends=True) if path.exists() else ():
        try:
            record = json_object(line) if line.endswith(b"\n") else {}
        except ValueError:
            continue
        asked, answer, finish = record.get("asked"), record.get("response"), record.get("finish", "")
        if isinstance(asked, str) and isinstance(answer, str) and isinstance(finish, str):
            found.append((asked, Answer(answer, finish)))
    return found
