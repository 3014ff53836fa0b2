"""A run's responses and verdicts: what numbers need is held; the texts stay in their files until they are shown."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable, Collection, Mapping
from functools import partial
from pathlib import Path
from typing import NamedTuple, TypeVar

from ..groups.borderline import is_borderline
from ..judges import Verdict
from ..runs import RESPONSES, Key, Response, first_of_each, read_verdict
from .files import Reader, rows

T = TypeVar("T")


class Cell(NamedTuple):
    """A response and its verdict, without their texts.

    Attributes:
        group, language, kind, pivot: as of :class:`~isoglot.runs.Response`.
        line: number of the response's line in its file, from 0.
        verdict: without reason and error; None where there is none.
        verdict_line: number of the verdict's line in its file, from 0.
        sample: as of :class:`~isoglot.runs.Response`.
        prompt: a digest of the prompt's text, by which two runs know that they were asked the same.
        borderline: whether the prompt is harmless and looks harmful.
    """

    group: str
    language: str
    kind: str | None
    pivot: str
    line: int
    verdict: Verdict | None = None
    verdict_line: int = 0
    sample: int = 0
    prompt: bytes = b""
    borderline: bool = False

    @property
    def key(self) -> Key:
        """Whose it is: group, language and sample."""
        return self.group, self.language, self.sample


class Answer(NamedTuple):
    """A response and its verdict as they are in the files; None for what is not there."""

    response: Response | None
    verdict: Verdict | None


def read_cells(reader: Reader) -> dict[Key, Cell]:
    """The run's responses by group, language and sample, none of them judged; of two of one key the first."""
    found = {}
    lines = reader.parsed(RESPONSES, Response.read, "no response")
    twice = partial(reader.left_out, RESPONSES, what="of a prompt with an earlier response")
    for line, response in first_of_each(lines, lambda item: item[1].key, twice):
        known = (sys.intern(text) for text in (response.group, response.language, response.pivot))
        group, language, pivot = known  # one text each, however many responses and runs it is in
        kind = response.kind and sys.intern(response.kind)
        prompt = hashlib.blake2b(response.prompt.encode(errors="surrogatepass"), digest_size=8).digest()
        looks_harmful = kind == "harmless" and is_borderline(response.category)
        cell = Cell(group, language, kind, pivot, line, sample=response.sample, prompt=prompt, borderline=looks_harmful)
        found[cell.key] = cell
    return found


def judged(cells: Mapping[Key, Cell], reader: Reader, file: str) -> dict[Key, Cell]:
    """The cells with the verdicts of a file; of two on one response the first."""
    found = dict(cells)
    lines = reader.parsed(file, read_verdict, "no verdict", key="verdicts")
    twice = partial(reader.left_out, file, what="of a response with an earlier verdict", key="verdicts")
    for line, (key, verdict) in first_of_each(lines, lambda item: item[1][0], twice):
        cell = found.get(key)
        if cell is not None:
            found[key] = cell._replace(verdict=verdict.bare(), verdict_line=line)
    return found


def answers(cells: Collection[Cell], folder: Path, verdict_file: str) -> dict[Key, Answer]:
    """Reads the texts of a few cells: key -> what was answered to it.

    Args:
        cells: whose.
        folder: of the evaluation.
        verdict_file: name of the file that their verdicts are from.
    """
    responses = _at(folder / RESPONSES, {cell.line for cell in cells}, Response.read)
    lines = {cell.verdict_line for cell in cells if cell.verdict is not None}
    verdicts = {line: verdict for line, (_, verdict) in _at(folder / verdict_file, lines, read_verdict).items()}
    return {
        cell.key: Answer(responses.get(cell.line), None if cell.verdict is None else verdicts.get(cell.verdict_line))
        for cell in cells
    }


def _at(path: Path, lines: Collection[int], read: Callable[[bytes], T]) -> dict[int, T]:
    """The records of these lines."""
    return {number: read(row) for number, row in enumerate(rows(path)) if number in lines} if lines else {}
