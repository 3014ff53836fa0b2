"""Calls to somebody's server within bounds: so many at a time, each ended in time, tried again after longer waits."""

from __future__ import annotations

import asyncio
import time
import weakref
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar

from ..amounts import is_number, whole_problems
from ..calls import pause, stopped, within
from ..errors import ConfigError, problem, raise_all, short

T = TypeVar("T")
# What reading an answer raises that is none: broken JSON, nothing where the answer would be.
BROKEN = (ValueError, TypeError, AttributeError, LookupError)


class GaveUp(Exception):  # noqa: N818 - not one for users: who calls says what it means
    """A call that failed for good.

    Attributes:
        error: the last one.
        attempts: how often it was tried.
    """

    def __init__(self, error: Exception, attempts: int) -> None:
        super().__init__(str(error))
        self.error, self.attempts = error, attempts


class Attempts:
    """Bounds of all calls to one server.

    Where the server names a time to wait (``Retry-After``), no call goes out before it. After Ctrl-C no further attempt
    is made (:func:`~isoglot.calls.stopped`): what waits for one has failed.

    Args:
        concurrency: calls at a time.
        attempts: of one call, the first included.
        timeout: seconds that one attempt may take; one that hangs is given up.
        longest_wait: seconds between two attempts, at most. The wait doubles, with some chance in it.

    Raises:
        ConfigError: for numbers that cannot be, all at once.
    """

    def __init__(
        self, *, concurrency: int = 8, attempts: int = 5, timeout: float = 120.0, longest_wait: float = 60.0
    ) -> None:
        wrong = [*whole_problems("concurrency", concurrency, 1), *whole_problems("attempts", attempts, 1)]
        if not (is_number(timeout) and timeout > 0):
            wrong.append(problem("timeout", "a number of seconds above 0", short(timeout)))
        if not (is_number(longest_wait) and longest_wait >= 0):
            wrong.append(problem("longest_wait", "a number of seconds, 0 or more", short(longest_wait)))
        raise_all(wrong, ConfigError)
        self.concurrency, self.attempts = concurrency, attempts
        self.timeout, self.longest_wait = timeout, longest_wait
        self._not_before = 0.0  # of the monotonic clock
        self._turns: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore]
        self._turns = weakref.WeakKeyDictionary()

    async def __call__(self, call: Callable[[], Awaitable[T]], may_pass: Callable[[Exception], bool]) -> T:
        """What the call gives.

        Args:
            call: one attempt.
            may_pass: whether another attempt may help after such an error.

        Raises:
            GaveUp: with the last error.
        """
        from tenacity import AsyncRetrying, retry_if_exception, stop_after_attempt

        retrying = AsyncRetrying(
            stop=stop_after_attempt(self.attempts),
            retry=retry_if_exception(lambda error: isinstance(error, Exception) and not stopped() and may_pass(error)),
            wait=self._wait,
            sleep=unless_stopped,
            reraise=True,
        )
        try:
            return await retrying(self._once, call)
        except Exception as error:
            raise GaveUp(error, int(retrying.statistics.get("attempt_number", 1))) from None

    async def _once(self, call: Callable[[], Awaitable[T]]) -> T:
        async with self._turn():
            while (left := self._not_before - time.monotonic()) > 0:
                await unless_stopped(left)
            # In a task of its own, which has a context of its own: what a library notes of a call ends with it.
            return await within(self.timeout, call())

    def _wait(self, state: Any) -> float:
        """Seconds before the next attempt: more each time, or what the server asks for; at most the longest wait."""
        from tenacity import wait_random_exponential

        asked = min(_asked_for(state.outcome.exception()), self.longest_wait)
        self._not_before = max(self._not_before, time.monotonic() + asked)
        wait = float(wait_random_exponential(multiplier=1, max=self.longest_wait)(state))
        return min(max(wait, asked), self.longest_wait)

    def _turn(self) -> asyncio.Semaphore:
        loop = asyncio.get_running_loop()
        if loop not in self._turns:
            self._turns[loop] = asyncio.Semaphore(self.concurrency)
        return self._turns[loop]


async def unless_stopped(seconds: float) -> None:
    """Waits before an attempt, or before looking again.

    Raises:
        InterruptedError: after Ctrl-C, which ends the wait.
    """
    await pause(seconds)
    if stopped():
        raise InterruptedError("the work was stopped while it waited")


def _asked_for(error: Any) -> float:
    """Seconds that a server's answer asks to wait, as a number or a date; 0 if it does not."""
    with suppress(Exception):  # an error without a response, a header that is neither
        said = error.response.headers["retry-after"]
        with suppress(ValueError):
            return max(0.0, float(said))
        return max(0.0, (parsedate_to_datetime(said) - datetime.now(timezone.utc)).total_seconds())
    return 0.0
