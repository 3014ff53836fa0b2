"""The answers of an evaluation on disk: which are there, and each new one written as it comes."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from operator import attrgetter
from pathlib import Path
from types import MappingProxyType
from typing import IO

from ...errors import problem
from ...files import write_text
from ...progress import Show, Silent
from ...runs import Key, Response, first_of_each, read_responses
from .cells import Cell


class Answers:
    """The responses to some cells.

    Args:
        path: where they are, and further ones go.
        cells: what is to be answered.
        elsewhere: answers in other files, which need not be in this one, too.
        show: called with the number of cells answered and of all.
    """

    def __init__(
        self,
        path: Path,
        cells: Sequence[Cell],
        *,
        elsewhere: Mapping[Key, Response] = MappingProxyType({}),
        show: Show | None = None,
    ) -> None:
        self.path, self.cells, self._show = path, cells, show or Silent()
        self.stored = {response.key: response for response in stored_responses(path)} if path.exists() else {}
        self._elsewhere = elsewhere
        self._file: IO[str] | None = None
        self._left = sum(self.of(cell.key) is None for cell in cells)

    def of(self, key: Key) -> Response | None:
        """The answer to a cell, wherever it is."""
        return self.stored.get(key) or self._elsewhere.get(key)

    @property
    def missing(self) -> list[Cell]:
        """The cells without an answer."""
        return [cell for cell in self.cells if self.of(cell.key) is None]

    @contextmanager
    def writing(self) -> Iterator[None]:
        """The file is open meanwhile; at the end, if all are answered, it is written anew in the cells' order."""
        if self.path.exists() and self._left:  # drop what a kill left half-written
            _rewrite(self.path, self.stored.values())
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._tell()
        with open(self.path, "a", encoding="utf-8", newline="") as self._file:
            yield
        self._file = None
        if not self._left:
            _rewrite(self.path, self.ordered())

    def add(self, responses: Sequence[Response]) -> None:
        """Further answers: on disk, as far as a killed process is concerned, when this returns."""
        if self._file is None:
            raise ValueError("answers are added while they are being written")
        self._file.writelines(response.line() for response in responses)
        self._file.flush()
        self.stored |= {response.key: response for response in responses}
        self._left -= len(responses)
        self._tell()

    def ordered(self) -> list[Response]:
        """Those that are here, in the cells' order."""
        return [self.stored[cell.key] for cell in self.cells if cell.key in self.stored]

    def come(self) -> tuple[int, int]:
        """How many are answered, of how many."""
        return len(self.cells) - self._left, len(self.cells)

    def _tell(self) -> None:
        self._show.advance(*self.come())


def stored_responses(path: Path) -> Iterator[Response]:
    """The responses of a file, one at a time; of several to one prompt the first, with a warning of the others."""

    def warn(count: int) -> None:
        step = "The first to each counts"
        warnings.warn(problem(str(path), "one response to each prompt", f"{count} more", step), stacklevel=3)

    return first_of_each(read_responses(path), attrgetter("key"), warn)


def _rewrite(path: Path, responses: Iterable[Response]) -> None:
    write_text(path, "".join(response.line() for response in responses))
