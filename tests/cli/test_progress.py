"""Progress as a reader of a log file sees it: few lines, with a rate of now and the time left."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from isoglot.cli.output.progress import Lines, Pace, Steps, duration
from isoglot.progress import Of, Silent, of_one_process


class Clock:
    """Time that a test lets pass."""

    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def told(clock, capsys):
    """Runs a step of so many parts, so many seconds each; returns the lines."""

    def run(total, seconds, *, start=0, note=""):
        shown = Steps(Lines(), clock)
        shown.begin("Working")
        shown.note(note)
        shown.advance(start, total)
        for done in range(start + 1, total + 1):
            clock.now += seconds
            shown.advance(done, total)
        shown.end()
        return capsys.readouterr().err.splitlines()

    return run


def test_quick_work_has_two_lines(told):
    assert told(5000, 0.001) == ["Working", "Working: 5000/5000, in 0:05"]


def test_a_line_every_ten_seconds_and_no_more(told):
    lines = told(6000, 0.01)  # a minute
    assert lines[0] == "Working"
    assert lines[-1] == "Working: 6000/6000, in 1:00"
    assert len(lines) == pytest.approx(7, abs=1)
    assert all(", 100.0/s, 0:" in line for line in lines[1:-1])


def test_slow_steps_say_how_long_each_takes_and_what_is_left(told):
    lines = told(4, 30.0, note="step 1: loss 0.5")
    assert lines[1] == "Working: 1/4, 30.0 s each, 1:30 left, step 1: loss 0.5"


def test_work_that_goes_on_says_so_at_once_and_counts_only_what_it_does_itself(told):
    lines = told(100, 1.0, start=80)
    assert lines[:2] == ["Working", "Working: 80/100"]
    assert lines[2] == "Working: 90/100, 1.0/s, 0:10 left"


def test_the_rate_is_of_the_last_minute(clock):
    pace = Pace(clock)
    for done in range(100):  # quick at first
        pace.add(done)
        clock.now += 0.1
    for done in range(100, 112):  # then ten seconds each
        clock.now += 10
        pace.add(done)
    assert pace.words(112 + 6) == "10.0 s each, 1:10 left"


def test_a_step_that_nobody_counts_says_when_it_took_long(clock, capsys):
    shown = Steps(Lines(), clock)
    for seconds in (3, 65):
        shown.begin("Loading")
        clock.now += seconds
    shown.end()
    assert capsys.readouterr().err.splitlines() == ["Loading", "Loading", "Loading: done in 1:05"]


def test_nothing_to_do_is_no_division_by_zero(told):
    assert told(0, 1.0) == ["Working"]


@pytest.mark.parametrize(("seconds", "said"), [(0.4, "0:00"), (59.6, "1:00"), (125, "2:05"), (3723, "1:02:03")])
def test_durations(seconds, said):
    assert duration(seconds) == said


def test_steps_of_a_part_have_its_name(capsys):
    Of("dpo", Steps(Lines())).begin("Loading the model")
    assert capsys.readouterr().err == "dpo: loading the model\n"


def test_one_of_several_processes_shows_it(monkeypatch):
    shown = Steps(Lines())
    assert of_one_process(shown) is shown
    assert isinstance(of_one_process(None), Silent)
    monkeypatch.setenv("RANK", "1")
    assert isinstance(of_one_process(shown), Silent)


ON_A_TERMINAL = """
import time
from isoglot.cli.output.progress import steps
with steps() as shown:
    shown.begin("Reading")
    shown.begin("Training")
    shown.advance(0, 3)
    for done in (1, 2, 3):
        time.sleep(0.4)
        shown.note("step 1: [b]loss[/b] " + "9" * 200)
        shown.advance(done, 3)
"""


@pytest.mark.skipif(os.name == "nt", reason="no such terminals")
def test_on_a_terminal_the_bar_is_one_line_however_narrow():
    import pty

    ours, theirs = pty.openpty()
    made = os.environ | {"TERM": "xterm", "COLUMNS": "80", "NO_COLOR": "1"}
    done = subprocess.run([sys.executable, "-c", ON_A_TERMINAL], stderr=theirs, env=made, check=True, timeout=60)
    os.close(theirs)
    shown = os.read(ours, 1_000_000).decode()
    os.close(ours)
    assert done.returncode == 0
    bars = [line for line in shown.replace("\r", "\n").splitlines() if "2/3" in line]
    assert bars
    assert all(("Training" in bar and "/s" in bar) or " s each" in bar for bar in bars[-1:])
    assert "[b]loss" in shown  # as it is: a note is no markup
    assert "Training: 3/3, in 0:01" in shown
    assert "Reading:" not in shown  # it took no time
