"""How an evaluation by inspect_ai is stopped: requests under way are waited for, no other is sent."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

import anyio

from ..calls import run, until_done

T = TypeVar("T")


class Requests:
    """Which answers are under way, and whether any more is to be asked for.

    inspect_ai drops on Ctrl-C what is under way. Here it is waited for; what is dropped is an answer that waits for its
    turn, or for another attempt.

    Args:
        api: of the model, as inspect_ai has it: each attempt goes through its ``generate``, and is noted from now on.
    """

    def __init__(self, api: Any) -> None:
        self._enough, self._changed = False, asyncio.Event()
        self._waiting, self._under_way = set[anyio.CancelScope](), set[anyio.CancelScope]()
        self._scope: ContextVar[anyio.CancelScope | None] = ContextVar("scope", default=None)
        api.generate = self._noted(api.generate)

    def set(self) -> None:
        """Sends no more of them."""
        self._enough = True
        self._drop_what_waits()

    @contextmanager
    def one(self) -> Iterator[None]:
        """Around all that is done for one answer, until it is on the disk; left early where it is dropped."""
        with anyio.CancelScope() as scope:
            self._waiting.add(scope)
            before = self._scope.set(scope)
            if self._enough:
                scope.cancel()
            try:
                yield
            finally:
                self._scope.reset(before)
                self._waiting.discard(scope)
                self._under_way.discard(scope)
                self._changed.set()

    def _noted(self, generate: Callable[..., Coroutine[Any, Any, T]]) -> Callable[..., Coroutine[Any, Any, T]]:
        async def attempt(*args: Any, **kwargs: Any) -> T:
            if (scope := self._scope.get()) is None:
                return await generate(*args, **kwargs)
            self._waiting.discard(scope)
            self._under_way.add(scope)
            try:
                return await generate(*args, **kwargs)
            except BaseException:  # another attempt may follow, after a wait
                self._under_way.discard(scope)
                self._waiting.add(scope)
                if self._enough:
                    self._drop_what_waits()
                raise

        return attempt

    def _drop_what_waits(self) -> None:
        for scope in self._waiting:
            scope.cancel()
        self._changed.set()

    async def evaluated(self, work: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """What an evaluation gives that makes these requests; it is ended when no more is sent and none is under way.

        Args:
            work: the evaluation.
        """
        tasks = evaluating, _ = asyncio.create_task(work()), asyncio.create_task(self._over())
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for one in tasks:
            one.cancel()
        await asyncio.wait(tasks)
        return evaluating.result()

    async def _over(self) -> None:
        while not self._enough or self._under_way:
            self._changed.clear()
            await self._changed.wait()


def evaluated(work: Callable[[], Coroutine[Any, Any, T]], requests: Requests, seconds: float) -> T:
    """What an evaluation gives; Ctrl-C ends it when what is under way has come.

    Args:
        work: the evaluation.
        requests: those that it makes.
        seconds: that one of them may take.
    """
    found: list[T] = []

    async def ended() -> None:
        found.append(await requests.evaluated(work))

    async def main() -> None:
        await until_done([asyncio.create_task(ended())], requests, paid="answers", seconds=seconds)

    run(main)
    return found[0]
