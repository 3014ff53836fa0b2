"""Runs trials in worker processes; one that dies takes nothing of the others with it."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager

from ..errors import named
from .trial import Trial
from .worker import prepare, run_trial

Done = Callable[[Trial, "str | None"], None]
DIED = "its process died twice, the second time with no other trial at work (killed by the system, or out of memory?)"


def run_trials(
    trials: Iterable[Trial],
    done: Done,
    *,
    processes: int,
    threads: int,
    work: Callable[[Trial], str | None] = run_trial,
    begun: Callable[[Trial], None] = lambda _: None,
) -> None:
    """Runs all trials; returns when each is finished or has failed.

    When a worker dies nobody can say which trial did it, so that those at work then are tried again, one at a time:
    a trial whose process dies again has failed.

    Args:
        trials: in the order of starting.
        done: called with each trial that has ended and why it failed, or None.
        processes: trials at a time.
        threads: of each process.
        work: run in the worker; gives why the trial failed, or None.
        begun: called with each trial that is handed to a worker.
    """
    waiting, suspects, deaths = deque(trials), deque[Trial](), Counter[str]()
    while waiting or suspects:
        queue, width = (suspects, 1) if suspects else (waiting, processes)
        for trial in _until_broken(queue, done, width, threads, work, begun):
            deaths[str(trial.folder)] += 1
            if deaths[str(trial.folder)] > 1:
                trial.record_failure(DIED)
                done(trial, DIED)
            else:
                suspects.append(trial)


def _until_broken(
    queue: deque[Trial],
    done: Done,
    width: int,
    threads: int,
    work: Callable[[Trial], str | None],
    begun: Callable[[Trial], None],
) -> list[Trial]:
    """Works the queue off; returns the trials at work when a process died, or none."""
    with _executor(min(width, len(queue)), threads) as executor:
        running: dict[Future[str | None], Trial] = {}
        while queue or running:
            # No more are handed out than can be at work, so that what is at work when a process dies is known.
            while queue and len(running) < width:
                trial = queue.popleft()
                try:
                    with _deaf_to_ctrl_c():
                        running[executor.submit(work, trial)] = trial
                    begun(trial)
                except BrokenProcessPool:
                    return [*_ended(running, done), trial]
            ended, _ = wait(running, return_when=FIRST_COMPLETED)
            if any(isinstance(future.exception(), BrokenProcessPool) for future in ended):
                wait(running)  # all are told so
                return _ended(running, done)
            for future in ended:
                _tell(future, running.pop(future), done)
    return []


def _ended(running: dict[Future[str | None], Trial], done: Done) -> list[Trial]:
    """Tells of the trials that came to an end before the process died; returns the others."""
    lost = []
    for future, trial in running.items():
        if future.done() and not isinstance(future.exception(), BrokenProcessPool):
            _tell(future, trial, done)
        else:
            lost.append(trial)
    return lost


def _tell(future: Future[str | None], trial: Trial, done: Done) -> None:
    error = future.exception()
    reason = future.result() if error is None else named(error)
    if error is not None:
        trial.record_failure(str(reason))
    done(trial, reason)


@contextmanager
def _deaf_to_ctrl_c() -> Iterator[None]:
    """A process started in here ignores Ctrl-C from its first moment: it is for the parent to say what it means."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def _executor(processes: int, threads: int) -> Iterator[ProcessPoolExecutor]:
    """Fresh processes; they are ended at once if anything is raised here, Ctrl-C included."""
    others = set(multiprocessing.active_children())
    before = os.environ.get("OMP_NUM_THREADS")
    os.environ["OMP_NUM_THREADS"] = str(threads)  # read when a process loads its libraries
    executor = ProcessPoolExecutor(
        processes, mp_context=multiprocessing.get_context("spawn"), initializer=prepare, initargs=(threads,)
    )
    try:
        yield executor
    except BaseException:
        for process in set(multiprocessing.active_children()) - others:
            process.terminate()
        raise
    finally:
        executor.shutdown(wait=True, cancel_futures=True)
        if before is None:
            os.environ.pop("OMP_NUM_THREADS", None)
        else:
            os.environ["OMP_NUM_THREADS"] = before
