"""Calls in an event loop: ended in time, and always when they are told to end."""

import asyncio
import os
import signal
import threading
import time

import pytest

from isoglot.calls import pause, run, several, stop, stopped, until_done, within
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


@pytest.mark.parametrize("times", [1, 2])
def test_ctrl_c_in_a_notebook_ends_calls_as_it_does_elsewhere(times):
    """A notebook has an event loop of its own. Once: what waits for another attempt ends. Twice: all is dropped."""
    ended, pressed = [], threading.Event()

    def press():
        pressed.wait(5)
        for _ in range(times):
            time.sleep(0.2)
            os.kill(os.getpid(), signal.SIGINT)

    async def call():
        pressed.set()
        try:
            await pause(5)
            ended.append(stopped())
            await asyncio.sleep(0.3 if times == 1 else 5)
            ended.append("kept")
        except asyncio.CancelledError:
            ended.append("dropped")
            raise

    async def main():
        await until_done([asyncio.create_task(call())], threading.Event(), paid="answers")

    async def cell():
        return run(main)

    presses = threading.Thread(target=press)
    presses.start()
    notebook = asyncio.new_event_loop()
    with pytest.warns(UserWarning, match="Waiting for answers under way"), pytest.raises(KeyboardInterrupt):
        notebook.run_until_complete(cell())
    presses.join()
    notebook.close()
    assert ended == [True, "kept" if times == 1 else "dropped"]


def test_calls_in_a_loop_of_another_thread_are_stopped_from_here():
    loop, found = asyncio.new_event_loop(), []

    async def call():
        threading.Timer(0.05, stop, [loop]).start()
        await pause(5)
        found.append(stopped())

    loop.run_until_complete(call())
    loop.close()
    stop(loop)  # which has ended, and has no calls to stop
    assert found == [True]


def test_an_error_of_work_that_is_ended_is_not_told_a_second_time(caplog):
    async def breaks():
        try:
            await asyncio.sleep(5)
        finally:
            raise OSError("the connection was closed")

    with pytest.raises(TimeoutError):
        asyncio.run(within(0.01, breaks()))
    assert not caplog.records


@pytest.mark.parametrize("breaks", [False, True])
def test_work_side_by_side_is_waited_for_before_what_it_used_is_closed(breaks):
    """So many at a time; an error of one begins no more, and is raised when the others have ended."""
    todo, done, busiest, enough = iter(range(12)), [], [], threading.Event()
    running = 0

    async def work():
        nonlocal running
        for one in todo:
            if enough.is_set():
                return
            running += 1
            busiest.append(running)
            await asyncio.sleep(0.001)
            running -= 1
            if breaks and one == 1:
                raise OSError("full")
            done.append(one)

    async def close():
        done.append("closed")

    def main():
        return several(work, 3, enough, paid="answers", close=close)

    if breaks:
        with pytest.raises(OSError, match="full"):
            run(main)
        assert len(done) < 8
    else:
        run(main)
        assert sorted(done[:-1]) == list(range(12))
    assert (done[-1], running, max(busiest)) == ("closed", 0, 3)
    run(lambda: several(work, 0, enough, paid="answers"))  # nothing to do
