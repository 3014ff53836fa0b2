"""Translates the cells that groups lack, and writes the groups with them."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator, Sequence
from contextlib import aclosing, contextmanager
from pathlib import Path
from typing import IO, NamedTuple

from ..calls import run, until_done
from ..files import written_whole
from ..groups import PromptGroup, PromptGroups
from ..groups.writers import group_line
from ..languages import meant
from ..progress import Show, Silent
from ..providers.usage import Usage, usage_said
from ..translators.asking import Asker
from ..translators.asks import Backend
from ..translators.cache import TranslationCache
from .attempts import Attempt, unusable
from .cells import completed, other_names, refuse_impossible, source_of, task_of, to_do
from .chain import Result, translated
from .failed import failed_line
from .in_order import in_order
from .links import Link
from .plan import Plan
from .report import Report

# Worked on at a time: one that hangs holds up what is written, not what is asked. A backend that takes tens of
# thousands of texts in a call is to have them.
_CELLS, _MOST_CELLS = 4096, 50_000


class _Done(NamedTuple):
    """A group, and what came of each cell of it that was to be made."""

    group: PromptGroup
    results: dict[str, Result]


def translate_groups(
    groups: PromptGroups,
    plan: Plan,
    chain: Sequence[Link],
    output: Path,
    cache: TranslationCache,
    *,
    show: Show | None = None,
) -> Report:
    """Translates the cells that groups lack, checks them, and writes ``groups.jsonl``.

    What is translated is in the cache at once: a call after a kill goes on, asks nothing twice and writes the same
    bytes. The groups appear whole or not at all; memory holds some thousand translations beside them.

    Args:
        groups: with a prompt in the language to translate from.
        plan: what is translated.
        chain: the translators; the first is asked first. They are closed at the end.
        output: file to write; what was left out is listed beside it (:func:`failed_path`).
        cache: where translations are kept.
        show: takes the progress.

    Raises:
        ConfigError: for a language that no translator translates to.
        RunError: when a translator does not work any more.
    """
    enough, show = threading.Event(), show or Silent()
    show.begin("Looking at the backends")
    refuse_impossible(groups, plan, chain)
    refuses = unusable if plan.retry_failed else None
    backends = [Backend(one.translator, cache, Usage(one.price), one.name, refuses) for one in chain]
    askers = [Asker(one, enough) for one in backends]
    work = _Work(groups, plan, askers, Report(output, plan.targets, askers, other_names(groups, plan.targets)), show)
    run(lambda: work.main(enough))
    return work.report


def failed_path(output: Path) -> Path:
    """The file that lists what was left out of an output."""
    return output.with_name(f"{output.stem}.failed.jsonl")


def cache_path(output: Path) -> Path:
    """Where translations are kept, unless another place is named."""
    return output.with_name(f"{output.stem}.translations.sqlite")


class _Work:
    """One translation, from its groups to its files."""

    def __init__(self, groups: PromptGroups, plan: Plan, chain: Sequence[Asker], report: Report, show: Show) -> None:
        self.report = report
        self._groups, self._plan, self._chain, self._show = groups, plan, chain, show
        self._done, self._total = 0, sum(len(self._to_do(group)) for group in groups)

    async def main(self, enough: threading.Event) -> None:
        """Does it; nothing is begun any more once ``enough`` is set."""
        writing = asyncio.create_task(self._write(enough))
        try:
            await until_done([writing], enough, paid="translations")
        finally:
            for asker in self._chain:
                await asker.translator.close()

    async def _write(self, enough: threading.Event) -> None:
        self._show.begin("Translating")
        self._show.advance(0, self._total)
        largest = max(asker.translator.batch_size * asker.translator.concurrency for asker in self._chain)
        window = max(1, min(max(_CELLS, 2 * largest), _MOST_CELLS) // len(self._plan.targets))
        try:
            with _files(self.report) as (output, failed):
                async with aclosing(in_order(self._groups, self._translate, window)) as results:
                    async for done in results:
                        self._put(done, output, failed)
        finally:
            enough.set()
            for asker in self._chain:
                await asker.ended()

    def _to_do(self, group: PromptGroup) -> list[str]:
        return to_do(group, self._plan.targets, self._plan.source, again=self._plan.again)

    async def _translate(self, group: PromptGroup) -> _Done:
        tags = self._to_do(group)
        results = await asyncio.gather(*(self._cell(group, tag) for tag in tags))
        return _Done(group, dict(zip(tags, results, strict=True)))

    async def _cell(self, group: PromptGroup, tag: str) -> Result:
        source = source_of(group, self._plan.source)
        if source is None:
            result = Result(())
        else:
            result = await translated(self._chain, task_of(group, source, tag), best_of=self._plan.best_of)
        self._done += 1
        self._show.note(usage_said(*(asker.usage for asker in self._chain)))
        self._show.advance(self._done, self._total)
        return result

    def _put(self, done: _Done, output: IO[str], failed: IO[str]) -> None:
        """Writes a group, and its cells that are left out; counts them."""
        made: dict[str, Attempt] = {}
        source = source_of(done.group, self._plan.source) or self._plan.source or done.group.pivot
        for tag, result in done.results.items():
            best, kept = result.best, self._plan.keep_failed and result.best is not None
            if best is not None and (kept or result.usable):
                made[tag] = best
            self.report.add(tag, result, kept=kept, before=meant(tag, done.group.prompts) is not None)
            if not result.usable:
                failed.write(failed_line(done.group.id, source, tag, result))
        self.report.groups += 1
        for tag in self._plan.targets:
            self.report.there(tag, tag not in done.results)
        output.write(group_line(completed(done.group, source, made, self.report.called)))


@contextmanager
def _files(report: Report) -> Iterator[tuple[IO[str], IO[str]]]:
    """The two files, written aside; that of what was left out goes if nothing was."""
    path = failed_path(report.output)
    with (
        written_whole(report.output) as aside,
        written_whole(path) as failed_aside,
        open(aside, "w", encoding="utf-8", newline="") as output,
        open(failed_aside, "w", encoding="utf-8", newline="") as failed,
    ):
        yield output, failed
        empty = not failed.tell()
    if empty:
        path.unlink(missing_ok=True)
    else:
        report.failed = path
