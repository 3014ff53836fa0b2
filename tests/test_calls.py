"""Calls in an event loop: ended in time, and always when they are told to end."""

import asyncio

import pytest

from isoglot.calls import within
from isoglot.providers.attempts import Attempts


def _by_attempts(call):
    return Attempts()(call, lambda error: False)


def _by_within(call):
    return within(10, call())


@pytest.mark.parametrize("begin", [_by_attempts, _by_within])
def test_a_cancellation_is_never_lost_even_where_it_comes_just_as_the_answer_does(begin):
    async def cancelled_after(turns):
        answer = asyncio.get_running_loop().create_future()

        async def call():
            return await answer

        task = asyncio.ensure_future(begin(call))
        for _ in range(20):
            await asyncio.sleep(0)
        answer.set_result("x")
        for _ in range(turns):
            await asyncio.sleep(0)
        if not task.cancel():
            return "done before"
        try:
            return await task
        except asyncio.CancelledError:
            return "cancelled"

    ends = [asyncio.run(cancelled_after(turns)) for turns in range(12)]
    assert set(ends) == {"cancelled", "done before"}
    assert ends == sorted(ends)


def test_work_that_takes_too_long_is_ended_before_the_error():
    ended = []

    async def slow():
        try:
            await asyncio.sleep(60)
        finally:
            await asyncio.sleep(0.01)
            ended.append(True)

    with pytest.raises(TimeoutError):
        asyncio.run(within(0.01, slow()))
    assert ended


def test_what_work_gives_or_raises_is_passed_on():
    async def gives():
        return 3

    async def raises():
        raise KeyError("x")

    assert asyncio.run(within(10, gives())) == 3
    with pytest.raises(KeyError):
        asyncio.run(within(10, raises()))
