"""Worker processes, which speak JSON by lines.

They are plain processes and not multiprocessing's: those would run the caller's script again, from its first line,
where it has no ``if __name__ == "__main__"``.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

_LONGEST_LINE = 1 << 28  # bytes of one answer


_MOST = 8  # workers: more are not kept at work by one process that reads and writes


def workers_worth() -> int:
    """How many workers are worth starting: one for each core that this process may use, eight at most."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(cores, _MOST)


class WorkerError(RuntimeError):
    """A worker process that gives no answer any more."""


class Workers:
    """Processes that each answer a line with a line; started when first needed.

    Args:
        module: dotted name of the worker's, whose ``main`` calls :func:`serve`.
        settings: plain values that each is given first.
        count: how many processes.

    Attributes:
        started: all of them, those that have ended too.
    """

    def __init__(self, module: str, settings: Any, count: int) -> None:
        self.count, self.started = count, list[asyncio.subprocess.Process]()
        self._module, self._settings = module, json.dumps(settings)
        self._idle: asyncio.Queue[asyncio.subprocess.Process | None] | None = None

    async def ask(self, line: str) -> bytes:
        """A worker's answer; waits until one is idle.

        Args:
            line: JSON without a line feed.

        Raises:
            WorkerError: if the worker has; the next line gets another.
        """
        if self._idle is None:
            self._idle = asyncio.Queue()
            for _ in range(self.count):
                self._idle.put_nowait(None)
        worker = await self._idle.get()
        try:
            worker = worker or await self._start()
            answer = await _answer(worker, line)
            if not answer:
                status, worker = await worker.wait(), None
                raise WorkerError(f"a worker process ended with status {status}")
        finally:
            self._idle.put_nowait(worker)
        return answer

    async def close(self) -> None:
        """Ends the workers."""
        for worker in self.started:
            with contextlib.suppress(ProcessLookupError):
                worker.kill()
            await worker.wait()

    async def _start(self) -> asyncio.subprocess.Process:
        package = str(Path(__file__).resolve().parents[1])
        paths = [package, *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
        worker = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", f"from {self._module} import main; main()"),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            limit=_LONGEST_LINE,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
            start_new_session=True,  # Ctrl-C is for the parent; with the parent the worker's input ends, and so does it
        )
        self.started.append(worker)
        assert worker.stdin is not None
        worker.stdin.write(self._settings.encode() + b"\n")
        return worker


async def _answer(worker: asyncio.subprocess.Process, line: str) -> bytes:
    """The line that a worker answers with; empty if it has ended."""
    assert worker.stdin is not None and worker.stdout is not None  # noqa: PT018 - both are pipes
    try:
        worker.stdin.write(line.encode() + b"\n")
        await worker.stdin.drain()
    except ConnectionError:
        return b""
    return await worker.stdout.readline()


def serve(made: Callable[[Any], Callable[[Any], Any]]) -> None:
    """A worker's work: a line of settings in, then for each line that follows a line out, until there are no more.

    Args:
        made: makes of the settings what answers a line; both are plain values.
    """
    answer = made(json.loads(sys.stdin.buffer.readline()))
    for line in sys.stdin.buffer:
        text = json.dumps(answer(json.loads(line)))
        try:
            sys.stdout.write(text + "\n")
            sys.stdout.flush()
        except BrokenPipeError:  # the parent was killed: there is nobody to tell
            os._exit(1)
