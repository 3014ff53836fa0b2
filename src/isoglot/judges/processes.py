"""The rule judge in several processes: the same verdicts, sooner where there are many responses."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from .batch import BatchJudge
from .rules import RuleJudge
from .verdict import Exchange, Verdict

MANY = 8 << 20  # bytes of responses, some 8,000: less is judged sooner than processes are started
_MOST = 8  # processes
_LONGEST_LINE = 1 << 28  # bytes of a batch's verdicts


def spread(judge: BatchJudge, size: int) -> BatchJudge:
    """The judge for so many responses: the rule judge in a process for each core where they are many.

    Args:
        judge: any.
        size: bytes of the file of responses.
    """
    cores, plain = min(_cores(), _MOST), getattr(judge, "plain", None)
    if type(plain) is RuleJudge and size >= MANY and cores > 1:  # a subclass may be anything
        return RulesInProcesses(plain, cores)
    return judge


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class RulesInProcesses:
    """Gives batches to worker processes (:mod:`isoglot.judges.worker`), which speak JSON by lines.

    They are plain processes and not multiprocessing's: those would run the caller's script again, from its first line,
    where it has no ``if __name__ == "__main__"``.

    Args:
        judge: what each worker judges as.
        processes: how many.
    """

    batch_size = 100
    kept = False

    def __init__(self, judge: RuleJudge, processes: int) -> None:
        self.name, self.version = judge.name, judge.version
        self.concurrency = 2 * processes  # one batch at work, and one that waits for it
        self._candidates, self._processes = judge.candidates, processes
        self._idle: asyncio.Queue[asyncio.subprocess.Process | None] | None = None
        self._started: list[asyncio.subprocess.Process] = []

    async def judge(self, exchanges: Sequence[Exchange]) -> list[Verdict]:
        """The verdicts.

        Raises:
            RuntimeError: if the worker has ended; the next batch gets another.
        """
        if self._idle is None:
            self._idle = asyncio.Queue()
            for _ in range(self._processes):
                self._idle.put_nowait(None)
        text = json.dumps([(one.prompt, one.response, one.language, one.kind) for one in exchanges])
        worker = await self._idle.get()
        try:
            worker = worker or await self._start()
            line = await _answer(worker, text)
            if not line:
                status, worker = await worker.wait(), None
                raise RuntimeError(f"a worker process ended with status {status}")
        finally:
            self._idle.put_nowait(worker)
        return [Verdict(**one) for one in json.loads(line)]

    async def close(self) -> None:
        """Ends the workers."""
        for worker in self._started:
            with contextlib.suppress(ProcessLookupError):
                worker.kill()
            await worker.wait()

    async def _start(self) -> asyncio.subprocess.Process:
        package = str(Path(__file__).resolve().parents[2])
        paths = [package, *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
        worker = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", "from isoglot.judges.worker import main; main()", json.dumps(self._candidates)),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            limit=_LONGEST_LINE,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
            start_new_session=True,  # Ctrl-C is for the parent; with the parent the worker's input ends, and so does it
        )
        self._started.append(worker)
        return worker


async def _answer(worker: asyncio.subprocess.Process, text: str) -> bytes:
    """The line that a worker answers with; empty if it has ended."""
    assert worker.stdin is not None and worker.stdout is not None  # noqa: PT018 - both are pipes
    try:
        worker.stdin.write(text.encode() + b"\n")
        await worker.stdin.drain()
    except ConnectionError:
        return b""
    return await worker.stdout.readline()
