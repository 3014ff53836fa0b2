"""Records to what the rules say of their cells: in this process, or in several."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping, Sequence
from contextlib import aclosing
from typing import Any

from ..errors import RunError, problem
from ..groups import prompt_text
from ..languages import identify
from ..processes import WorkerError, Workers, workers_worth
from .cell import CellCheck, Finding, check_cell
from .learnt.norms import Norms
from .spool import Spool

MANY = 2000  # cells: fewer are checked sooner than processes are started

Batch = tuple[Sequence[int], Sequence[dict[str, Any]], Sequence[Any]]  # places, records, answers


def settings_of(norms: Norms, languages: Sequence[str] | None) -> dict[str, Any]:
    """What :func:`answering` is made with, as plain values."""
    return {"norms": norms.to_record(), "languages": languages}


def answering(settings: Mapping[str, Any]) -> Callable[[Any], Any]:
    """What answers a list of records with plain values: of each the pivot's language, and its cells by tag.

    Args:
        settings: of :func:`settings_of`.
    """
    norms, only = Norms.from_record(settings["norms"]), settings["languages"]

    def of_record(record: Mapping[str, Any]) -> Any:
        prompts, pivot = record["prompts"], record["pivot"]
        if pivot not in prompts:
            return None
        source = prompt_text(prompts[pivot])
        cells = {}
        for tag, prompt in prompts.items():
            if tag != pivot and (only is None or tag in only):
                found = check_cell(source, prompt_text(prompt), source_language=pivot, language=tag, norms=norms)
                findings = [(one.reason, one.penalty, one.detail) for one in found.findings]
                cells[tag] = (found.language, findings)
        return identify(source, (pivot,)), cells

    return lambda records: [of_record(record) for record in records]


def cell_check(answer: Any) -> CellCheck:
    """What an answer says of a cell."""
    language, findings = answer
    return CellCheck(tuple(Finding(*one) for one in findings), language)


async def answered(spool: Spool, settings: Mapping[str, Any], cells: int) -> AsyncGenerator[Batch, None]:
    """All groups with what the rules say of them, in their order.

    Args:
        spool: the groups.
        settings: of :func:`settings_of`.
        cells: how many they have, which decides about processes.
    """
    count = workers_worth()
    if cells < MANY or count == 1:
        answer = answering(settings)
        for places, lines in spool.batches():
            records = [json.loads(line) for line in lines]
            yield places, records, answer(records)
        return
    workers = Workers("isoglot.check.worker", settings, count)
    try:
        async with aclosing(_by_workers(workers, spool.batches())) as batches:
            async for batch in batches:
                yield batch
    except WorkerError as error:
        step = "Look whether memory was short, then run it again"
        raise RunError(problem("check", "worker processes that go on to the end", str(error), step)) from None
    finally:
        await workers.close()


async def _by_workers(workers: Workers, batches: Iterator[tuple[list[int], list[str]]]) -> AsyncGenerator[Batch, None]:
    """Each worker has a batch at work and one that waits; answers come in the order of the batches."""
    waiting: deque[tuple[list[int], list[str], asyncio.Task[bytes]]] = deque()
    try:
        while True:
            while len(waiting) < 2 * workers.count and (batch := next(batches, None)) is not None:
                places, lines = batch
                text = f"[{','.join(line.rstrip() for line in lines)}]"
                waiting.append((places, lines, asyncio.create_task(workers.ask(text))))
            if not waiting:
                return
            places, lines, task = waiting.popleft()
            answer = json.loads(await task)
            yield places, [json.loads(line) for line in lines], answer
    finally:
        for _, _, task in waiting:
            task.cancel()
        await asyncio.gather(*(task for _, _, task in waiting), return_exceptions=True)
