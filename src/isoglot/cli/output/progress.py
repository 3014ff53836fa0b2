"""Progress of long work on stderr, with a rate and the time left: bars on a terminal, lines elsewhere."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple, Protocol

from ...escaping import visible
from ...progress import Show
from .console import say

BETWEEN_LINES = 10.0  # seconds, at least
WINDOW = 60.0  # seconds back that a rate is of
Clock = Callable[[], float]


class Pace:
    """How quickly a step goes on now, and when it began.

    The rate is of the last minute, not of the whole: an evaluation has its short prompts first, and a run that
    continues has steps behind it that took no time.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock, self._began = clock, clock()
        self._marks: deque[tuple[float, int]] = deque()

    def add(self, done: int) -> None:
        """So much is done by now."""
        self._marks.append((self._clock(), done))
        while len(self._marks) > 2 and self._marks[-1][0] - self._marks[1][0] >= WINDOW:
            self._marks.popleft()

    @property
    def seconds(self) -> float:
        """Since the step began."""
        return self._clock() - self._began

    def words(self, total: int) -> str:
        """Rate and time left; empty while nothing is known."""
        if not self._marks:
            return ""
        (since, before), (until, done) = self._marks[0], self._marks[-1]
        if done <= before or until <= since:
            return ""
        rate = (done - before) / (until - since)
        said = f"{rate:.1f}/s" if rate >= 1 else f"{1 / rate:.1f} s each"
        return f"{said}, {duration((total - done) / rate)} left"


def duration(seconds: float) -> str:
    """As ``1:02:03`` or ``2:03``."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


class Come(NamedTuple):
    """How far a step has come; a total of 0 where nobody counts."""

    done: int = 0
    total: int = 0

    def __str__(self) -> str:
        return f"{self.done}/{self.total}" if self.total else ""

    @property
    def at_the_end(self) -> bool:
        return bool(self.total) and self.done >= self.total


class Display(Protocol):
    """What a reader sees of a step."""

    seconds_between: float

    def begun(self, what: str) -> None:
        """Its name."""

    def come(self, what: str, come: Come, pace: str, note: str) -> None:
        """How far it has come."""

    def ended(self, what: str, come: Come, seconds: float) -> None:
        """It is over."""


class Steps:
    """One step after another, shown no more often than a reader can use."""

    def __init__(self, display: Display, clock: Clock = time.monotonic) -> None:
        self._display, self._clock = display, clock
        self._what = self._note = ""
        self._come, self._pace, self._looked = Come(), Pace(clock), clock()

    def begin(self, what: str) -> None:
        """A new step; the one before counts as done."""
        self.end()
        self._what, self._note = visible(what), ""
        self._come, self._pace, self._looked = Come(), Pace(self._clock), self._clock()
        self._display.begun(self._what)

    def advance(self, done: int, total: int) -> None:
        """How far it has come: shown when it is time, where work that was stopped goes on, and at the end."""
        before, self._come = self._come, Come(done, total)
        if self._come == before:
            return
        first = not before.total
        if self._is_due() or self._come.at_the_end or (first and done):
            self._show()
        elif first:
            self._pace.add(done)

    def note(self, text: str) -> None:
        """A few words next to it; a line waits for the count that they come with."""
        self._note = visible(text)
        if not self._display.seconds_between:
            self._show()

    def end(self) -> None:
        """The step is done."""
        if self._what:
            self._display.ended(self._what, self._come, self._pace.seconds)
            self._what = ""

    def _is_due(self) -> bool:
        return self._clock() - self._looked >= self._display.seconds_between

    def _show(self) -> None:
        self._looked, ended = self._clock(), self._come.at_the_end
        if self._come.total:
            self._pace.add(self._come.done)
        pace = f"in {duration(self._pace.seconds)}" if ended else self._pace.words(self._come.total)
        self._display.come(self._what, self._come, pace, self._note)


class Lines:
    """Plain lines, for a pipe or a file."""

    seconds_between = BETWEEN_LINES

    def begun(self, what: str) -> None:
        """A line."""
        say(what)

    def come(self, what: str, come: Come, pace: str, note: str) -> None:
        """A line."""
        said = ", ".join(part for part in (str(come), pace, note) if part)
        if said:
            say(f"{what}: {said}")

    def ended(self, what: str, come: Come, seconds: float) -> None:
        """A line, if one waited for it with nothing to see."""
        if not come.total and seconds >= BETWEEN_LINES:
            say(f"{what}: done in {duration(seconds)}")


class Bars:
    """A bar for the step at work, and a line above it for each that is over."""

    seconds_between = 0.0  # it draws itself no oftener than ten times a second

    def __init__(self, progress: Any) -> None:
        self._progress, self._task = progress, None

    def begun(self, what: str) -> None:
        """A bar that only moves."""
        self._task = self._progress.add_task(what, total=None, count="", pace="", note="")

    def come(self, what: str, come: Come, pace: str, note: str) -> None:  # noqa: ARG002 - the bar has its name
        """Sets the bar."""
        where = {"completed": come.done, "total": come.total} if come.total else {}
        self._progress.update(self._task, **where, count=str(come), pace=pace, note=note)

    def ended(self, what: str, come: Come, seconds: float) -> None:
        """A line in its place, if it took a second."""
        self._progress.remove_task(self._task)
        if seconds >= 1:
            from rich.text import Text

            count = f"{come}, " if come.total else ""
            self._progress.console.print(Text(f"{what}: {count}in {duration(seconds)}"))


@contextmanager
def steps() -> Iterator[Show]:
    """Progress on stderr while the context lasts: bars on a terminal, lines elsewhere."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, ProgressColumn, TextColumn, TimeElapsedColumn
    from rich.table import Column
    from rich.text import Text

    class Note(ProgressColumn):
        """The one column that a narrow terminal cuts."""

        def render(self, task: Any) -> Text:
            return Text(task.fields["note"], no_wrap=True, overflow="ellipsis")

    console = Console(stderr=True)
    if not console.is_terminal:
        shown = Steps(Lines())
        yield shown
        shown.end()
        return
    name, count, pace = (
        TextColumn(f"{{task.{field}}}", markup=False) for field in ("description", "fields[count]", "fields[pace]")
    )
    columns = name, BarColumn(20), count, TimeElapsedColumn(), pace, Note(Column(no_wrap=False))
    with Progress(*columns, console=console) as bars:
        shown = Steps(Bars(bars))
        yield shown
        shown.end()
