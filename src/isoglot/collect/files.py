"""Reads the files of one run directory; one that is missing or broken becomes a note, not a crash."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from ..errors import DataError, MissingFileError, first_line, problem, raise_all, short
from ..pages.words import plural
from ..runs import json_object
from ..runs.evaluations import evaluations
from ..runs.utility import utility_files
from ..validation import checked

T = TypeVar("T")

EVALUATE = "isoglot evaluate MODEL --prompts GROUPS --output {folder}"
TRAIN = "isoglot train RUN_FILE"
HOW = {  # file -> what makes it
    "metrics.json": EVALUATE,
    "protocol.json": EVALUATE,
    "responses.jsonl": EVALUATE,
    "verdicts": "isoglot judge {folder}",
    "agreement.json": "isoglot judge {folder} --with JUDGE --with JUDGE",
    "run.yaml": TRAIN,
    "log.jsonl": TRAIN,
    "spectrum.json": TRAIN,
    "environment.json": TRAIN,
    "meta.json": "",
    "calibration": "isoglot label {folder}",
}


def verdict_files(folder: Path) -> dict[str, Path]:
    """The folder's files of verdicts, by name."""
    return {path.name: path for path in sorted(folder.glob("verdicts.*.jsonl"))} if folder.is_dir() else {}


def is_run(folder: Path) -> bool:
    """Whether the folder holds any file of a run, or evaluations of one, or numbers of its utility alone."""
    files = [*(folder / name for name in HOW), *utility_files(folder, folder)]
    known = any(file.is_file() for file in files) or bool(verdict_files(folder))
    return folder.is_dir() and (known or bool(evaluations(folder)))


def refuse_no_runs(folders: Sequence[Path]) -> None:
    """Refuses what is no run directory, nor the folder of an evaluation.

    Raises:
        MissingFileError: if folders are not there, and that is all that is wrong.
        DataError: if a folder holds nothing of a run; all bad folders are reported at once.
    """
    step = "A run directory is what isoglot train or isoglot evaluate wrote"
    missing = [problem(str(f), "a run directory", "nothing there", "Check the path") for f in folders if not f.exists()]
    wrong = [
        problem(str(f), "a run directory", "a folder without any file of a run" if f.is_dir() else "a file", step)
        for f in folders
        if f.exists() and not is_run(f)
    ]
    raise_all(missing + wrong, DataError if wrong else MissingFileError)


@dataclass(frozen=True)
class Note:
    """Something that is missing or broken: which file of which folder, what is wrong, and how to make it."""

    file: str
    text: str
    remedy: str = ""
    folder: Path = Path()


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
        self.notes.append(Note(file, text, HOW[key or file].format(folder=self.folder), self.folder))

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

    def record(self, name: str, kind: type[T], empty: Any, *, wanted: bool = True, key: str = "") -> Any:
        """A JSON file's value as a record; ``empty`` where it is none."""
        return self.read(name, lambda text: checked(kind, json.loads(text), name), empty, wanted=wanted, key=key)

    def object(self, name: str, *, wanted: bool = True) -> Mapping[str, Any]:
        """A JSON file that holds an object; an empty one where it does not."""
        return self.read(name, lambda text: as_object(json.loads(text), "the file"), {}, wanted=wanted)

    def lines(self, name: str, *, wanted: bool = True) -> list[Mapping[str, Any]]:
        """The objects of a file of JSON lines. Other lines are counted in a note, save a last one that was cut off."""
        return [found for _, found in self.parsed(name, json_object, "no object", wanted=wanted)]

    def parsed(
        self, name: str, read: Callable[[bytes], T], what: str, *, wanted: bool = True, key: str = ""
    ) -> Iterator[tuple[int, T]]:
        """The records of a file of JSON lines with their lines' numbers, from 0, one at a time.

        What is no record is counted in a note; a last line that was cut off, after others, is passed over.

        Args:
            name: of the file.
            read: a line to a record; raises ValueError for what is no object of JSON, DataError for another object.
            what: such another object is said to be.
            wanted: whether the file's absence is worth a note.
            key: its name in ``HOW`` where that is another.
        """
        path = self.folder / name
        if not path.is_file():
            if wanted:
                self.note(name, "is not there", key)
            return
        broken = other = 0
        try:
            for number, row in enumerate(rows(path)):
                try:
                    if row.strip():
                        yield number, read(row)
                except DataError:
                    other += 1
                except (ValueError, RecursionError):
                    broken += row.endswith(b"\n") or number == 0
        except OSError as error:
            self.note(name, f"cannot be read: {first_line(error)}", key)
        self.left_out(name, broken, "no object of JSON", key)
        self.left_out(name, other, what, key)


def rows(path: Path) -> Iterator[bytes]:
    """The lines of a file, one at a time. Only a line feed ends one: a response may hold any other separator."""
    with open(path, "rb") as file:
        yield from file


def as_object(value: object, where: str) -> Mapping[str, Any]:
    """The value, if it is an object of JSON.

    Raises:
        DataError: if it is not.
    """
    if not isinstance(value, Mapping):
        raise DataError(problem(where, "an object", short(value)))
    return value
