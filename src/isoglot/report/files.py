"""Reads the files of one run directory; one that is missing or broken becomes a note, not a crash."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from ..checked import checked
from ..errors import DataError, first_line, problem, short
from ..pages.words import plural
from ..runs.evaluations import evaluations
from .run import Note

T = TypeVar("T")

EVALUATE = "isoglot evaluate MODEL --prompts GROUPS --output {folder}"
TRAIN = "isoglot train RUN_FILE"
HOW = {  # file -> what makes it
    "metrics.json": EVALUATE,
    "protocol.json": EVALUATE,
    "responses.jsonl": EVALUATE,
    "verdicts": "isoglot judge {folder}",
    "run.yaml": TRAIN,
    "log.jsonl": TRAIN,
    "spectrum.json": TRAIN,
    "environment.json": TRAIN,
    "meta.json": "",
}


def verdict_files(folder: Path) -> dict[str, Path]:
    """The folder's files of verdicts, by name."""
    return {path.name: path for path in sorted(folder.glob("verdicts.*.jsonl"))} if folder.is_dir() else {}


def is_run(folder: Path) -> bool:
    """Whether the folder holds any file of a run, or evaluations of one."""
    known = any((folder / name).is_file() for name in HOW) or bool(verdict_files(folder))
    return folder.is_dir() and (known or bool(evaluations(folder)))


class Reader:
    """Reads the files of one folder and keeps notes of what it could not read.

    Attributes:
        folder: the run directory.
        notes: what is missing or broken so far.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.notes: list[Note] = []

    def note(self, file: str, text: str, key: str = "") -> None:
        """Adds a note on a file; ``key`` is its name in ``HOW`` where that is another."""
        self.notes.append(Note(file, text, HOW[key or file].format(folder=self.folder)))

    def left_out(self, file: str, count: int, what: str, key: str = "") -> None:
        """Adds a note on lines that were passed over, if there are any."""
        if count:
            self.note(file, f"has {plural(count, 'line')} that {'is' if count == 1 else 'are'} {what}, left out", key)

    def read(self, name: str, parse: Callable[[str], T], empty: T, *, wanted: bool = True, key: str = "") -> T:
        """The file's content through ``parse``; ``empty``, with a note, where that cannot be.

        Args:
            name: of the file.
            parse: its text to a value; raises ValueError (DataError is one).
            empty: what to return without a value.
            wanted: whether its absence is worth a note.
            key: its name in ``HOW`` where that is another.
        """
        path = self.folder / name
        if not path.is_file():
            if wanted:
                self.note(name, "is not there", key)
            return empty
        try:
            return parse(path.read_text(encoding="utf-8"))
        except DataError as error:
            self.note(name, f"cannot be used: {error}", key)
        except (OSError, ValueError, RecursionError) as error:
            self.note(name, f"cannot be read: {first_line(error)}", key)
        return empty

    def record(self, name: str, kind: type[T], empty: Any, *, wanted: bool = True) -> Any:
        """A JSON file's value as a record; ``empty`` where it is none."""
        return self.read(name, lambda text: checked(kind, json.loads(text), name), empty, wanted=wanted)

    def object(self, name: str, *, wanted: bool = True) -> Mapping[str, Any]:
        """A JSON file that holds an object; an empty one where it does not."""
        return self.read(name, lambda text: as_object(json.loads(text), "the file"), {}, wanted=wanted)

    def lines(self, name: str, *, wanted: bool = True, key: str = "") -> list[Mapping[str, Any]]:
        """The objects of a file of JSON lines. Other lines are counted in a note, save a last one that was cut off."""
        text = self.read(name, str, "", wanted=wanted, key=key)
        rows = text.split("\n")  # not splitlines: a response may hold any of its other separators
        found, bad = [], 0
        for place, row in enumerate(rows):
            if not row.strip():
                continue
            try:
                found.append(as_object(json.loads(row), name))
            except (ValueError, RecursionError):
                bad += place < len(rows) - 1
        self.left_out(name, bad, "no object of JSON", key)
        return found

    def parsed(self, name: str, parse: Callable[[Mapping[str, Any]], T], what: str, *, key: str = "") -> list[T]:
        """The records of a file of JSON lines; those that cannot be parsed are counted in a note as ``what``."""
        found, bad = [], 0
        for line in self.lines(name, key=key):
            try:
                found.append(parse(line))
            except DataError:
                bad += 1
        self.left_out(name, bad, what, key)
        return found


def as_object(value: object, where: str) -> Mapping[str, Any]:
    """The value, if it is an object of JSON.

    Raises:
        DataError: if it is not.
    """
    if not isinstance(value, Mapping):
        raise DataError(problem(where, "an object", short(value)))
    return value
