"""Requests that come one by one, answered in batches of what waits."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Any, Generic, TypeVar

import anyio
import anyio.to_thread

Q = TypeVar("Q")
A = TypeVar("A")
GATHERING = 0.01  # seconds in which those who ask at the same time are heard


class _Waiting(Generic[Q, A]):
    """A request, its batch's key, and what came of it."""

    def __init__(self, key: Hashable, question: Q) -> None:
        self.key, self.question = key, question
        self.answer: A | None = None
        self.error: Exception | None = None
        self.done = False


class Batches(Generic[Q, A]):
    """Whoever asks first answers for all who wait by then.

    Args:
        answer: the answers to some questions of one key, in their order; runs in a thread of its own, one at a time.
        most: questions at a time.
    """

    def __init__(self, answer: Callable[[Any, Sequence[Q]], Sequence[A]], most: int) -> None:
        self._answer, self._most = answer, most
        self._waiting: list[_Waiting[Q, A]] = []
        self._turn = anyio.Lock()

    async def ask(self, key: Hashable, question: Q) -> A:
        """The answer to one question.

        Args:
            key: questions with the same one may be answered together.
            question: what is asked.
        """
        mine: _Waiting[Q, A] = _Waiting(key, question)
        self._waiting.append(mine)
        try:
            async with self._turn:
                while not mine.done:
                    await anyio.sleep(GATHERING)
                    await self._one_batch(mine)
        finally:
            if mine in self._waiting:  # cancelled
                self._waiting.remove(mine)
        if mine.error is not None:
            raise mine.error
        return mine.answer  # type: ignore[return-value]

    async def _one_batch(self, first: _Waiting[Q, A]) -> None:
        others = [one for one in self._waiting if one is not first and one.key == first.key]
        batch = [first, *others[: self._most - 1]]
        self._waiting = [one for one in self._waiting if one not in batch]
        questions = [one.question for one in batch]
        try:
            answers = await anyio.to_thread.run_sync(self._answer, first.key, questions)
            for one, answer in zip(batch, answers, strict=True):
                one.answer = answer
        except Exception as error:
            for one in batch:
                one.error = error
        for one in batch:
            one.done = True
