"""Files of prompt groups checked: read twice, whatever their size in the same little memory."""

from __future__ import annotations

import functools
import os
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from pathlib import Path
from typing import IO, Any, TextIO

from .. import __version__
from ..calls import run
from ..files import as_json, folder_made, written_whole
from ..languages import canonical_tag
from ..progress import Show, Silent
from .answers import Answers
from .checker import Checker, cells_of
from .checking import Checking
from .chosen import chosen
from .duplicates import Duplicates, Neighbours
from .learnt.norms import Norms
from .marks import Marks
from .page import render
from .processes import settings_of
from .reading import Reading
from .sample import Sample
from .spool import Spool
from .worst import Worst

PAGE, SUMMARY, CELLS, GROUPS = "check.html", "check.json", "cells.jsonl", "groups.jsonl"
MARKS = "marks.jsonl"


def check_files(
    reading: Reading,
    output: Path,
    *,
    languages: Sequence[str] | None = None,
    checkers: Sequence[Checker] = (),
    marks: Marks | None = None,
    keep_all: bool = False,
    shown: int = 100,
    sample: int = 10,
    seed: int = 0,
    show: Show | None = None,
) -> dict[str, Any]:
    """Checks each translation of some files, and writes what is found.

    Args:
        reading: the files.
        output: folder for ``check.html``, ``check.json``, ``cells.jsonl``, ``groups.jsonl`` and, if any are given,
            ``marks.jsonl``; what is there of an earlier check is replaced when all of it is written.
        languages: tags of the translations to check; None: all. Others are written as they are, but for their marks.
        checkers: checks by models, in addition to the rules.
        marks: of people who have looked at cells.
        keep_all: whether cells that are not usable stay in ``groups.jsonl``, with their weight.
        shown: how many cells of each language are on the page at most, the worst.
        sample: how many cells of each language in which nothing was found the page shows too, drawn at random.
        seed: of the draw.
        show: where progress is shown.

    Returns:
        What ``check.json`` holds.

    Raises:
        MissingFileError: for a file that is not there.
        DataError: for files that cannot be read, bad rows, and languages that no group has.
    """
    show, marks = show or Silent(), marks or Marks()
    on_page: dict[str, Any] = {"worst": Worst(shown), "sample": Sample(sample, seed)}
    how = functools.partial(Checking, checkers=checkers, marks=marks, keep_all=keep_all, **on_page)
    with folder_made(output), ExitStack() as stack:
        first = _First(reading, stack.enter_context(closing(Spool(output))), languages, stack)
        settings = first.settings(show)
        show.begin("Looking for near-duplicates")
        duplicates = first.neighbours.found(first.spool)
        # Each gets its name as the block ends, the summary last.
        names = (SUMMARY, PAGE, CELLS, GROUPS, *([MARKS] if marks else []))
        asides = {name: stack.enter_context(written_whole(output / name)) for name in names}
        show.begin(f"Checking {len(first.spool):,} groups ({first.count:,} translations)")
        checking = _checked(how, first, settings, duplicates, asides, show)
        _write(asides, summary := _summary(reading, checking, duplicates, first), checking)
    return summary


def _checked(
    how: Callable[..., Checking],
    first: _First,
    settings: Mapping[str, Any],
    duplicates: Duplicates,
    asides: Mapping[str, Path],
    show: Show,
) -> Checking:
    """The second pass over the groups, which writes groups and cells."""
    with _opened(asides[GROUPS]) as groups_file, _opened(asides[CELLS]) as cells_file:
        checking = how(
            spool=first.spool,
            settings=settings,
            cells=first.count,
            duplicates=duplicates.cells,
            groups_file=groups_file,
            cells_file=cells_file,
        )
        run(lambda: checking.run(show.advance))
    return checking


def _write(asides: Mapping[str, Path], summary: Mapping[str, Any], checking: Checking) -> None:
    """What is written at the end, and all of it onto the disk."""
    asides[SUMMARY].write_text(as_json(summary, indent=2) + "\n", encoding="utf-8")
    rows = [*checking.worst.rows(), *checking.sample.rows()]
    asides[PAGE].write_text(render(summary, rows), encoding="utf-8")
    if MARKS in asides:
        asides[MARKS].write_text("".join(checking.marks.lines()), encoding="utf-8", newline="")
    _onto_disk(asides.values())


def _opened(path: Path) -> TextIO:
    return open(path, "w", encoding="utf-8", newline="")


def _onto_disk(paths: Iterable[Path]) -> None:
    """All of them before the first gets its name, which then takes all of them a moment."""
    for path in paths:
        with open(path, "rb+") as file:
            os.fsync(file.fileno())


class _First:
    """The first pass over the groups.

    Attributes:
        spool: takes the groups.
        count: of the translations that are checked, once all are read.
        neighbours: takes what may come again.
        answers: takes what groups hold in addition to prompts.
        languages: that any group has.
    """

    def __init__(self, reading: Reading, spool: Spool, languages: Sequence[str] | None, stack: ExitStack) -> None:
        self._reading, self.spool, self._languages = reading, spool, languages
        self._wanted = None if languages is None else set(map(canonical_tag, languages))
        self._seen, self.count = Counter[str](), 0
        self.languages: dict[str, None] = {}
        self.answers = Answers()
        self.without_kind = 0  # groups

        def signatures() -> IO[bytes]:
            return stack.enter_context(tempfile.TemporaryFile(dir=spool.folder))

        self.neighbours = Neighbours(signatures(), signatures())

    def settings(self, show: Show) -> Mapping[str, Any]:
        """Reads all groups; gives the settings of the rules, which are learnt from them.

        Raises:
            MissingFileError, DataError: as :func:`check_files`.
        """
        show.begin("Reading the prompts")
        norms = Norms.learn(self._cells(show))
        only = None if self._languages is None else chosen(self._languages, self._seen)
        self.count = sum(count for tag, count in self._seen.items() if only is None or tag in only)
        return settings_of(norms, only)

    def _cells(self, show: Show) -> Iterator[tuple[str, str, str, str]]:
        """What norms are learned from: source, text, and the languages of both."""
        for place, group in self._reading.into(self.spool, show.advance):
            self.neighbours.add(place, group)
            self.answers.add(group)
            self.without_kind += group.kind is None
            self.languages.update(dict.fromkeys(group.prompts))
            for cell in cells_of(group):
                self._seen[cell.language] += 1
                if self._wanted is None or canonical_tag(cell.language) in self._wanted:
                    yield cell.source, cell.text, cell.source_language, cell.language


def _summary(reading: Reading, checking: Checking, duplicates: Duplicates, first: _First) -> dict[str, Any]:
    return {
        "isoglot": __version__,
        "files": [str(path) for path in reading.files],
        "groups": checking.groups,
        "without_pivot": checking.without_pivot,
        "without_kind": first.without_kind,
        "without_cells": [tag for tag in reading.columned if tag not in first.languages],
        "checks": ["rules", *(checker.name for checker in checking.checkers)],
        "asked": {one.name: asked() for one in checking.checkers if (asked := getattr(one, "asked", None))},
        "gave_up": {one.name: why for one in checking.checkers if (why := getattr(one, "gave_up", ""))},
        "untold": {one.name: dict(said) for one in checking.checkers if (said := getattr(one, "untold", None))},
        "unchecked": {one.name: dict(said) for one in checking.checkers if (said := getattr(one, "unchecked", None))},
        **checking.tally.to_record(left_out=not checking.keep_all),
        "near_duplicates": duplicates.to_record(),
        "prompts_as_answers": first.answers.to_record(),
        "marks": checking.marks.to_record(),
    }
