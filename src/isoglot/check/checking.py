"""All cells of a spool checked, counted, and written: the second pass over the groups."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import IO, Any

from ..files import as_json
from ..groups import prompt_text
from .cell import Finding
from .checker import Cell, Checker
from .marks import NONE, Marks
from .processes import answered, cell_check
from .result import Result
from .sample import Sample
from .spool import Spool
from .tally import Tally
from .weighing import marked, weighed
from .worst import Worst


@dataclass
class Checking:
    """What is done with each cell.

    Attributes:
        spool: the groups.
        settings: of the rules, as :func:`~isoglot.check.processes.settings_of` makes them.
        cells: how many there are.
        duplicates: (place, language) -> what is found of a cell by comparing groups.
        checkers: checks by models.
        marks: of people.
        keep_all: whether cells that are not usable stay in the groups.
        groups_file, cells_file: open to write: the groups with weights, and what is found.
        worst, sample: take what the page shows.
        tally: counts.
        groups: how many have been gone through.
        without_pivot: how many of these could not be checked.
    """

    spool: Spool
    settings: Mapping[str, Any]
    cells: int
    duplicates: Mapping[tuple[int, str], Finding]
    checkers: Sequence[Checker]
    marks: Marks
    keep_all: bool
    groups_file: IO[str]
    cells_file: IO[str]
    worst: Worst
    sample: Sample
    tally: Tally = field(default_factory=Tally)
    groups: int = 0
    without_pivot: int = 0
    _waiting: list[tuple[dict[str, Any], list[Result]]] = field(default_factory=list)
    _cells: int = 0  # that wait

    async def run(self, progress: Callable[[int, int], None]) -> None:
        """Checks all of them; progress is called with groups.

        Cells wait until there are twice as many as a checker takes, so that it never has few to compare at the end.
        """
        together = max((checker.batch_size for checker in self.checkers), default=0)
        try:
            async with aclosing(answered(self.spool, self.settings, self.cells)) as batches:
                async for places, records, answers in batches:
                    for place, record, answer in zip(places, records, answers, strict=True):
                        results = self._results(place, record, answer)
                        self._waiting.append((self._marked(record, results), results))
                        self._cells += len(self._waiting[-1][1])
                    while self._waiting and self._cells >= 2 * together:
                        await self._finish(together, progress)
            while self._waiting:
                await self._finish(self._cells if self._cells < 2 * together else together, progress)
        except BaseException:  # Ctrl-C among them, which does not end a thread
            for checker in self.checkers:
                getattr(checker, "stop", lambda: None)()
            raise

    def _results(self, place: int, record: Mapping[str, Any], answer: Any) -> list[Result]:
        self.marks.meet(record["id"], record["prompts"])
        if answer is None:
            self.without_pivot += 1
            return []
        provenance, (found, cells) = record.get("provenance") or {}, answer
        self.tally.pivot(record["pivot"], found)
        results = []
        for tag, said in cells.items():
            cell = _cell(record, tag)
            mark = self.marks.of(cell, provenance.get(tag))
            result = Result(cell, record.get("kind"), record.get("category"), cell_check(said), mark)
            if (again := self.duplicates.get((place, tag))) is not None:
                result.add(again)
            results.append(result)
        return results

    def _marked(self, record: dict[str, Any], results: Sequence[Result]) -> dict[str, Any]:
        """The record with the marks of cells in languages that are not checked, if it can be checked at all."""
        prompts, pivot, provenance = record["prompts"], record["pivot"], record.get("provenance") or {}
        others = set(prompts) - {pivot} - {result.cell.language for result in results}
        found = {
            tag: given
            for tag in sorted(others if pivot in prompts else ())
            if self.marks.has(record["id"], tag)
            and (given := self.marks.of_unchecked(_cell(record, tag), provenance.get(tag))) is not None
        }
        if not found:
            return record
        made = marked(record, found, keep_all=self.keep_all)
        self.marks.failed_elsewhere += sum(
            mark == NONE and tag not in made["prompts"] for tag, (mark, _) in found.items()
        )
        return made

    async def _finish(self, least: int, progress: Callable[[int, int], None]) -> None:
        """Checks what waits, until so many cells are done; counts it and writes it."""
        taken, count = 0, 0
        while taken < len(self._waiting) and (count < least or not least):
            count += len(self._waiting[taken][1])
            taken += 1
        ready, self._waiting, self._cells = self._waiting[:taken], self._waiting[taken:], self._cells - count
        results = [result for _, some in ready for result in some]
        for checker in self.checkers:
            for some in _parts(results, checker.batch_size):
                # In a thread: a checker may have an event loop of its own.
                found = await asyncio.to_thread(checker, [result.cell for result in some])
                told = getattr(checker, "told", [True] * len(some))
                for result, finding, able in zip(some, found, told, strict=True):
                    if able:
                        result.checkers.append(checker.name)
                    if finding is not None:
                        result.add(finding)
        for record, some in ready:
            self._write(record, some)
        self.groups += len(ready)
        progress(self.groups, len(self.spool))

    def _write(self, record: Mapping[str, Any], results: Sequence[Result]) -> None:
        for result in results:
            self.tally.add(result)
            if result.check.flagged or result.mark is not None:
                self.cells_file.write(as_json(result.to_record()) + "\n")
            (self.worst if result.check.flagged else self.sample).add(result)
        made = weighed(record, results, keep_all=self.keep_all)
        self.groups_file.write(json.dumps(made, ensure_ascii=False) + "\n")


def _cell(record: Mapping[str, Any], tag: str) -> Cell:
    pivot, prompts = record["pivot"], record["prompts"]
    return Cell(record["id"], prompt_text(prompts[pivot]), pivot, prompt_text(prompts[tag]), tag)


def _parts(results: Sequence[Result], most: int) -> list[Sequence[Result]]:
    """Parts of about one size."""
    count = -(-len(results) // most)
    return [results[len(results) * part // count : len(results) * (part + 1) // count] for part in range(count)]
