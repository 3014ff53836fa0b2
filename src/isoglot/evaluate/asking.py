"""Asks a judge many things, several calls at a time; what is under way when something ends the work is waited for."""

from __future__ import annotations

import asyncio
import threading
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import Any

from ..judges import BatchJudge, Exchange, Verdict
from ..judges.batch import ask

Question = tuple[bytes, Exchange]  # what identifies it, and what is asked


def ask_all(judge: BatchJudge, questions: Iterator[Question], take: Callable[[bytes, Verdict], None]) -> None:
    """Asks a judge all questions; of their texts those of the calls under way are held.

    Ctrl-C, or an error in ``questions`` or ``take``, begins no more calls. Those under way are waited for and taken, as
    they may be paid for; a second Ctrl-C drops them, and the first where verdicts are not kept anyway.

    Args:
        judge: it is closed at the end.
        questions: read as calls become free.
        take: called with each verdict as it comes.
    """
    enough = threading.Event()

    async def work() -> None:
        while not enough.is_set() and (batch := list(islice(questions, judge.batch_size))):
            verdicts = await ask(judge, [exchange for _, exchange in batch])
            for (asked, _), verdict in zip(batch, verdicts, strict=True):
                take(asked, verdict)

    async def main() -> None:
        calls = [asyncio.create_task(work()) for _ in range(max(1, judge.concurrency))]
        try:
            await _until_done(calls, enough, kept=judge.kept)
        finally:
            if (close := getattr(judge, "close", None)) is not None:
                await close()

    _run(main, enough)


async def _until_done(calls: list[asyncio.Task[None]], enough: threading.Event, *, kept: bool) -> None:
    """Waits for the calls; raises what the first that failed raised, when the others have ended."""
    try:
        await asyncio.wait(calls, return_when=asyncio.FIRST_EXCEPTION)
    except asyncio.CancelledError:  # Ctrl-C; asyncio.wait leaves the calls alone
        if kept:
            warnings.warn(
                "Waiting for verdicts under way, which may be paid for; Ctrl-C again drops them.", stacklevel=2
            )
            await _ended(calls, enough)
        else:
            for call in calls:
                call.cancel()
        raise
    errors = await _ended(calls, enough)
    if errors:
        raise errors[0]


async def _ended(calls: list[asyncio.Task[None]], enough: threading.Event) -> list[BaseException]:
    """Begins no more, waits for those under way, and gives what they raised."""
    enough.set()
    await asyncio.wait(calls)
    return [error for call in calls if (error := call.exception()) is not None]


def _run(main: Callable[[], Any], enough: threading.Event) -> None:
    """Runs it to its end, in a thread of its own where this one is in an event loop, as in a notebook."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        asyncio.run(main())
        return
    with ThreadPoolExecutor(1) as thread:
        try:
            thread.submit(asyncio.run, main()).result()
        except BaseException:
            enough.set()
            raise
