"""Judges that are asked about several responses at once, and how their answers are checked."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any, Protocol

from ..errors import ConfigError, named, problem, short
from ..escaping import whole
from ..languages import UNDETERMINED
from .answer_language import response_language
from .verdict import Exchange, Judge, Verdict


class BatchJudge(Protocol):
    """What judges responses in batches, several calls at a time.

    A judge may have more, all optional: ``asks_twice = True`` (a response that it failed on is asked about once more at
    once), ``refusals = False`` (it does not say how far a response refuses: its ``"none"`` becomes None), and
    ``async def close(self)``, called when all is judged.
    """

    @property
    def name(self) -> str:
        """Part of the names of its files."""
        ...

    @property
    def version(self) -> str:
        """Changes whenever its verdicts may: a hash of prompt and parser, the model's name, settings."""
        ...

    @property
    def batch_size(self) -> int:
        """Exchanges that one call takes."""
        ...

    @property
    def concurrency(self) -> int:
        """Calls at a time."""
        ...

    @property
    def kept(self) -> bool:
        """Whether a verdict on disk is taken again rather than asked for again, as of one that cost time or money."""
        ...

    async def judge(self, exchanges: Sequence[Exchange]) -> Sequence[Verdict]:
        """The verdicts, one on each exchange, in their order. One that fails on some says so there (``error``)."""
        ...


# What a judge may say of itself: see BatchJudge, judges/about and the protocol card.
_TOLD_OF_JUDGES = ("asks_twice", "covers", "languages", "model", "prompt_hash", "refusals", "settings")


class OneByOne:
    """A :class:`Judge` as a :class:`BatchJudge`: one exchange after the other, in this thread.

    Args:
        judge: its ``kept`` is taken over if it has one; else its verdicts are not kept.

    Attributes:
        plain: the judge.
    """

    concurrency = 1

    def __init__(self, judge: Judge) -> None:
        self.plain = judge
        self.name, self.version = judge.name, judge.version
        self.kept = bool(getattr(judge, "kept", False))
        self.batch_size = 1 if self.kept else 64  # what costs is on disk before the next is asked
        for name in _TOLD_OF_JUDGES:
            if hasattr(judge, name):
                setattr(self, name, getattr(judge, name))

    async def judge(self, exchanges: Sequence[Exchange]) -> list[Verdict]:
        """The verdicts; what the judge raises on one costs that one only."""
        found = []
        for exchange in exchanges:
            found.append(verdict_of(self.plain, exchange))
            await asyncio.sleep(0)  # where Ctrl-C is heard
        return found


def as_batch_judge(judge: Judge | BatchJudge) -> BatchJudge:
    """The judge itself if it takes batches, else wrapped.

    Raises:
        ConfigError: for what is no judge.
    """
    takes_batches = hasattr(judge, "judge")
    needed = ("name", "version", "batch_size", "concurrency", "kept") if takes_batches else ("name", "version")
    lacks = [name for name in needed if not hasattr(judge, name)]
    if lacks or isinstance(judge, type) or not (takes_batches or callable(judge)):
        got = f"the class {judge.__name__}" if isinstance(judge, type) else short(judge)
        got += f", without {', '.join(lacks)}" if lacks else ""
        step = "Make one, as RuleJudge(), or one of your own as docs/evaluate.md shows it"
        expected = "an object with name and version that can be called, or has a method judge"
        raise ConfigError(problem("judge", expected, got, step))
    return judge if takes_batches else OneByOne(judge)  # type: ignore[return-value,arg-type]


def verdict_of(judge: Judge, exchange: Exchange) -> Verdict:
    """A plain judge's verdict; one that fails gives the reason there."""
    prompt, response = whole(exchange.prompt), whole(exchange.response)
    try:
        found = judge(prompt, response, language=exchange.language, kind=exchange.kind)
    except Exception as error:
        return failed(error)
    return _checked(found)


async def ask(judge: BatchJudge, exchanges: Sequence[Exchange]) -> list[Verdict]:
    """One verdict on each exchange, whatever the judge does.

    A judge that raises, or gives another number of verdicts, has failed on all of these; one that gives something else
    on one has failed on that one. The language is found where the judge does not say one.
    """
    found = await _asked(judge, exchanges)
    again = [place for place, verdict in enumerate(found) if verdict.outcome is None]
    if again and getattr(judge, "asks_twice", False):
        second = await _asked(judge, [exchanges[place] for place in again])
        for place, verdict in zip(again, second, strict=True):
            found[place] = and_tokens(verdict, [found[place]])
    if not getattr(judge, "refusals", True):
        found = [replace(verdict, refusal=None) for verdict in found]
    return [_with_language(verdict, one) for verdict, one in zip(found, exchanges, strict=True)]


async def _asked(judge: BatchJudge, exchanges: Sequence[Exchange]) -> list[Verdict]:
    try:
        found = list(await judge.judge(exchanges))
        if len(found) != len(exchanges):
            raise ValueError(f"expected {len(exchanges)} verdicts, got {len(found)}")
    except Exception as error:
        return [failed(error)] * len(exchanges)
    return [_checked(one) for one in found]


def failed(error: BaseException) -> Verdict:
    """The verdict of a judge that failed."""
    return Verdict(None, None, UNDETERMINED, "the judge failed", named(error))


def and_tokens(verdict: Verdict, others: Iterable[Verdict]) -> Verdict:
    """The verdict with the tokens of others besides its own: of attempts that failed and were paid for."""
    every = [verdict, *others]
    return replace(
        verdict,
        input_tokens=sum(one.input_tokens for one in every),
        output_tokens=sum(one.output_tokens for one in every),
    )


def _checked(found: Any) -> Verdict:
    if isinstance(found, Verdict):
        return found
    return failed(TypeError(f"expected a Verdict, got {type(found).__name__}"))


def _with_language(verdict: Verdict, exchange: Exchange) -> Verdict:
    if verdict.language:
        return verdict
    if verdict.outcome is None:
        return replace(verdict, language=UNDETERMINED)
    return replace(verdict, language=response_language(exchange.response, exchange.language))
