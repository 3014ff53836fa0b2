"""Asks a judge many things, several calls at a time; what is under way when something ends the work is waited for."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from itertools import islice

from ...calls import run, several
from ...judges import BatchJudge, Exchange, Verdict
from ...judges.batch import ask

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
        paid, close = "verdicts" if judge.kept else "", getattr(judge, "close", None)
        await several(work, max(1, judge.concurrency), enough, paid=paid, close=close)

    run(main)
