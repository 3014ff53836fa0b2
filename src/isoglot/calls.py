"""Several calls at a time in an event loop, run to their end or ended in time; calls under way are waited for."""

from __future__ import annotations

import asyncio
import warnings
from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import suppress
from typing import Any, Protocol, TypeVar
from weakref import WeakKeyDictionary

T = TypeVar("T")
_STOPPED: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Event] = WeakKeyDictionary()


class Enough(Protocol):
    """Set when no further call is to begin; an event of ``threading`` is one."""

    def set(self) -> None:
        """No further call begins."""


def run(main: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """What a coroutine gives; in a thread of its own where this one is in an event loop, as in a notebook.

    Args:
        main: makes the coroutine. Ctrl-C cancels it.
    """
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(main())
    return _in_a_thread(main)


def _in_a_thread(main: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Runs it there; Ctrl-C, which only this thread hears, cancels it as it does in :func:`asyncio.run`."""
    begun: Future[tuple[asyncio.AbstractEventLoop, asyncio.Task[Any]]] = Future()

    async def work() -> T:
        task = asyncio.current_task()
        assert task is not None
        begun.set_result((asyncio.get_running_loop(), task))
        return await main()

    pressed: KeyboardInterrupt | None = None
    with ThreadPoolExecutor(1) as thread:
        ends = thread.submit(lambda: asyncio.run(work()))
        while not ends.done():
            try:
                wait([ends])
            except KeyboardInterrupt as error:
                pressed = error
                loop, task = begun.result()
                with suppress(RuntimeError):  # the loop has ended just now
                    loop.call_soon_threadsafe(task.cancel)
    if pressed is not None:
        raise pressed
    return ends.result()


async def within(seconds: float, work: Awaitable[T]) -> T:
    """What some work gives that may take so many seconds; it has ended when this ends, whichever way.

    Before Python 3.12 ``asyncio.wait_for`` loses a cancellation that comes just as the work ends: Ctrl-C would be lost.

    Raises:
        TimeoutError: where it takes longer.
    """
    task = asyncio.ensure_future(work)
    try:
        done, _ = await asyncio.wait([task], timeout=seconds)
    finally:
        if not task.done():
            task.cancel()
            await asyncio.wait([task])
            task.cancelled() or task.exception()  # seen: the timeout or the cancellation is what is raised
    if not done:
        raise TimeoutError(f"no answer in {seconds:g} seconds")
    return task.result()


async def until_done(
    calls: list[asyncio.Task[None]], enough: Enough, *, paid: str, seconds: float | None = None
) -> None:
    """Waits for the calls; raises what the first that failed raised, when the others have ended.

    Ctrl-C begins no more of them, and no further attempt of one (:func:`stopped`). Those under way are waited for, as
    they may be paid for; a second Ctrl-C drops them.

    Args:
        calls: tasks that end soon after ``enough`` is set.
        enough: set when no more is to be begun.
        paid: what they bring and may cost money, in words, as in ``answers``. Empty: nothing of it is kept, so that the
            first Ctrl-C drops the calls.
        seconds: that one of these may take; None: not known.
    """
    try:
        await asyncio.wait(calls, return_when=asyncio.FIRST_EXCEPTION)
    except asyncio.CancelledError:  # Ctrl-C; asyncio.wait leaves the calls alone
        _stopped().set()
        if paid:
            say_waiting(paid, seconds)
            await _ended(calls, enough)
        else:
            for call in calls:
                call.cancel()
        raise
    errors = await _ended(calls, enough)
    if errors:
        raise errors[0]


async def several(
    work: Callable[[], Coroutine[Any, Any, None]],
    times: int,
    enough: Enough,
    *,
    paid: str,
    close: Callable[[], Awaitable[None]] | None = None,
) -> None:
    """Does some work so many times side by side, as :func:`until_done` waits for it; then closes what it used.

    Args:
        work: takes from the others what is to be done next, until nothing is left or ``enough`` is set.
        times: how often at a time; 0: there is nothing to do.
        enough, paid: as of :func:`until_done`.
        close: called in the end, whichever that is, in the event loop of the work; None: nothing is to be closed.
    """
    calls = [asyncio.create_task(work()) for _ in range(times)]
    try:
        if calls:
            await until_done(calls, enough, paid=paid)
    finally:
        if close is not None:
            await close()


def say_waiting(paid: str, seconds: float | None = None) -> None:
    """Says after Ctrl-C what is waited for, and for how long at most; as arguments of :func:`until_done`."""
    most = f", at most {seconds:g} seconds" if seconds else ""
    warnings.warn(f"Waiting for {paid} under way, which may be paid for{most}; Ctrl-C again drops them.", stacklevel=3)


def stop(loop: asyncio.AbstractEventLoop) -> None:
    """Ends the calls of an event loop of another thread, as Ctrl-C ends those of this one (:func:`stopped`)."""
    with suppress(RuntimeError):  # the loop is closed
        loop.call_soon_threadsafe(lambda: _stopped().set())


def stopped() -> bool:
    """Whether Ctrl-C has ended the calls of this event loop: those under way come to their end, no other begins."""
    return _stopped().is_set()


async def pause(seconds: float) -> None:
    """Waits so long, or until Ctrl-C ends the calls of this event loop."""
    with suppress(TimeoutError):
        await within(seconds, _stopped().wait())


def _stopped() -> asyncio.Event:
    return _STOPPED.setdefault(asyncio.get_running_loop(), asyncio.Event())


async def _ended(calls: list[asyncio.Task[None]], enough: Enough) -> list[BaseException]:
    """Begins no more, waits for those under way, and gives what they raised."""
    enough.set()
    await asyncio.wait(calls)
    return [error for call in calls if (error := call.exception()) is not None]
