"""Asks a server many questions, several calls at a time; every answer is on disk as it comes."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from ..calls import run, several
from ..errors import problem
from ..progress import Show
from ..providers import Provider, ProviderError
from ..providers.patience import Patience
from .answer import Answer
from .kept import Kept, question

_MOST_STOPS = 4  # that OpenAI's API takes; what comes behind another one is cut off here
_TOO_LONG = "model_length"


class Question(NamedTuple):
    """What a server is asked.

    Attributes:
        text: as it is sent to a raw provider; else a conversation in JSON.
        max_tokens: of the answer.
        temperature: 0 takes the likeliest token always.
        stops: texts at which the answer ends.
        seed: of an answer that is drawn.
    """

    text: str
    max_tokens: int
    temperature: float
    stops: tuple[str, ...]
    seed: int | None = None

    def cut(self, answer: str) -> str:
        """The answer up to the first of these texts."""
        for stop in self.stops:
            answer = answer.split(stop, maxsplit=1)[0]
        return answer


def answers(provider: Provider, questions: Sequence[Question], kept: Kept, show: Show) -> list[Answer]:
    """The answers, in the questions' order: those that are kept, or the server's, which then are.

    Equal questions are asked once; answers that are drawn, each time with another seed. Ctrl-C begins no more calls and
    waits for those under way, as they may be paid for; a second one drops them.

    Args:
        provider: the server's.
        questions: what is asked.
        kept: where answers are, and come.
        show: takes the number of those that are there.

    Raises:
        RunError: if calls failed for good, with how many and why; what came is kept.
    """
    more = [provider.extra_body] if provider.extra_body else []
    named = [(question(provider.spec, provider.raw, *one, *more), one) for one in _seeded(questions)]
    work = _Asking(provider, dict(named), kept, show)
    with kept:
        run(work.main)
    work.refuse_missing()
    return [kept[name] for name, _ in named]


def _seeded(questions: Sequence[Question]) -> Iterator[Question]:
    times: Counter[Question] = Counter()
    for one in questions:
        yield one._replace(seed=times[one]) if one.temperature else one
        times[one] += 1


class _Asking:
    """The work: questions by name, of which those are asked that are not kept."""

    def __init__(self, provider: Provider, questions: Mapping[str, Question], kept: Kept, show: Show) -> None:
        self.enough = threading.Event()
        self._provider, self._questions, self._kept, self._show = provider, questions, kept, show
        self._left = {name: one for name, one in questions.items() if name not in kept}
        self._patience, self._reasons = Patience(provider.concurrency), Counter[str]()

    async def main(self) -> None:
        """Does it."""
        todo = iter(list(self._left.items()))
        self._tell()
        times = min(self._provider.concurrency, len(self._left))
        await several(lambda: self._some(todo), times, self.enough, paid="answers", close=self._provider.close)

    async def _some(self, todo: Iterator[tuple[str, Question]]) -> None:
        for name, one in todo:
            if self.enough.is_set():
                return
            try:
                answer = await self._one(one)
            except ProviderError as error:
                self._reasons[str(error)] += 1
                self._patience.failed()
                if self._patience.over:
                    self.enough.set()
                continue
            self._patience.answered()
            self._kept.add(name, answer)
            del self._left[name]
            self._tell()

    async def _one(self, one: Question) -> Answer:
        found = await self._provider.complete(
            one.text if self._provider.raw else json.loads(one.text),
            max_tokens=one.max_tokens,
            temperature=one.temperature,
            seed=one.seed,
            stop=one.stops[:_MOST_STOPS],
        )
        if found.stop_reason == _TOO_LONG:
            got = "one that is too long for the model's context"
            raise ProviderError(problem(self._provider.spec, "a question that fits", got))
        return Answer(found.text, found.finish)

    def _tell(self) -> None:
        self._show.advance(len(self._questions) - len(self._left), len(self._questions))

    def refuse_missing(self) -> None:
        """Raises if answers are missing."""
        if self._left:
            raise self._patience.error(
                self._provider.spec,
                f"an answer to each of {len(self._questions)} questions",
                self._reasons,
                missing=f"{len(self._left):,}",
                unasked=len(self._left) - self._reasons.total(),
            )
