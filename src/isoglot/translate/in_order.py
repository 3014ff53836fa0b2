"""Work on many things at a time, whose results come in the things' order."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")


async def in_order(things: Iterable[T], work: Callable[[T], Awaitable[R]], window: int) -> AsyncGenerator[R, None]:
    """What the work makes of each thing; of so many at a time, so that no more is held.

    Args:
        things: read as there is room.
        work: what is done with each.
        window: how many are worked on, or wait for one before them, at a time.
    """
    tasks: deque[asyncio.Future[R]] = deque()
    try:
        for thing in things:
            tasks.append(asyncio.ensure_future(work(thing)))
            if len(tasks) >= window:
                yield await tasks.popleft()
        while tasks:
            yield await tasks.popleft()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
