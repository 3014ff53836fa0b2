"""Judges that ask a model: a form says what to ask and how to read the answer, and one class does the rest."""

from __future__ import annotations

import asyncio
import functools
import hashlib
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from ..errors import IsoglotError, named, short
from ..languages import UNDETERMINED, base_tag
from ..providers import Completion, Provider
from .answer import without_reasoning
from .verdict import Exchange, Verdict

_ATTEMPTS = 2  # at an answer that can be read
_NAME = 120  # characters of a provider in the name of a file
_EXAMPLE = Exchange("prompt: <|a|>", "response: <|b|>", "en", history=({"role": "user", "content": "first"},))


class Unreadable(Exception):  # noqa: N818 - no error of ours or the user's: the answer is asked for again
    """An answer that is not in the form that was asked for."""

    def __init__(self, expected: str, text: str) -> None:
        super().__init__(f"expected {expected}, got {short(text)}")


@dataclass(frozen=True)
class Request:
    """One call: messages, or of a raw provider a text, and what goes with them.

    Attributes:
        prompt: messages ``{"role", "content"}``, or a text that is sent as it is.
        max_tokens: of the answer.
        logprobs: how many of the likeliest tokens come with their log-probabilities.
        template: arguments of the served model's chat template.
    """

    prompt: Sequence[Mapping[str, str]] | str
    max_tokens: int
    logprobs: int = 0
    template: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Opinion:
    """What an answer says: outcome and refusal as in a :class:`Verdict`, and why."""

    outcome: str
    refusal: str = "none"
    reason: str = ""


@dataclass(frozen=True)
class Form:
    """How one guard or rubric is asked.

    Attributes:
        name: as people write it.
        ask: the requests for an exchange; most forms make one.
        read: what their answers say; raises :class:`Unreadable`.
        languages: those that it was made for, as tags without region; None: its makers name none.
        raw: whether it is sent without a chat template.
        refusals: whether its answers say how far a response refuses; of one that does not, ``"none"`` says nothing.
        of_harmless: what its opinion means of an answer to a harmless prompt; None: the same as of any other.
        edition: one more whenever ``read`` changes.
        settings: what else its verdicts depend on, for the protocol.
    """

    name: str
    ask: Callable[[Exchange], Sequence[Request]]
    read: Callable[[Sequence[Completion]], Opinion]
    languages: frozenset[str] | None = None
    raw: bool = False
    refusals: bool = False
    of_harmless: Callable[[Opinion], Opinion] | None = None
    edition: int = 1
    settings: Mapping[str, Any] = field(default_factory=dict)


def of_text(read: Callable[[str], Opinion]) -> Callable[[Sequence[Completion]], Opinion]:
    """A reader of texts as a reader of the one answer of a form that makes one request."""
    return lambda completions: read(completions[0].text)


class AskedJudge:
    """A judge that asks a model: a :class:`~isoglot.judges.batch.BatchJudge`.

    A response without an answer in it is invalid and costs nothing. An answer that cannot be read is asked for once
    more; then the judge has failed on this response, and the error says what came.

    Args:
        kind: ``"guard"`` or ``"rubric"``.
        form: what to ask, how to read.
        provider: who answers.
        max_tokens: of an answer, in place of the form's; for models that reason at length.

    Attributes:
        refusals: whether it says how far a response refuses; else its ``"none"`` says nothing.
        languages: those that the guard covers, None if its makers name none. Responses to prompts in others are judged
            all the same, and the reason says so.
    """

    batch_size = 1
    kept = True

    def __init__(self, kind: str, form: Form, provider: Provider, max_tokens: int | None = None) -> None:
        self._form, self._provider = form, provider
        self.name = f"{kind}-{_slug(form.name)}@{_slug(provider.spec)}"
        self.concurrency = provider.concurrency
        self.languages, self.refusals = form.languages, form.refusals
        self.settings = dict(form.settings) | ({"max_tokens": max_tokens} if max_tokens else {})
        self._max_tokens = max_tokens

    @functools.cached_property
    def version(self) -> str:
        """A hash of prompt, parser, model and settings."""
        asked = [asdict(request) for request in self._form.ask(_EXAMPLE)]
        parts = [self._form.name, self._form.edition, asked, self._provider.spec, self.settings]
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:12]

    def covers(self, language: str) -> bool:
        """Whether the guard was made for a language, by its tag; True if its makers name none."""
        return self.languages is None or base_tag(language) in self.languages

    async def judge(self, exchanges: Sequence[Exchange]) -> list[Verdict]:
        """The verdicts, one on each exchange; one that fails says so there."""
        return list(await asyncio.gather(*map(self._verdict, exchanges)))

    async def close(self) -> None:
        """Closes the provider's connections."""
        await self._provider.close()

    async def _verdict(self, exchange: Exchange) -> Verdict:
        answer = without_reasoning(exchange.response)
        if not answer:
            why = "reasoning without an answer" if exchange.response.strip() else "empty"
            return Verdict("invalid", "none", UNDETERMINED, why)
        used: list[Completion] = []
        try:
            opinion = await self._opinion(exchange, answer, used)
        except (IsoglotError, Unreadable) as error:
            return _with_tokens(Verdict(None, None, UNDETERMINED, "the judge failed", str(error)), used)
        except Exception as error:
            return _with_tokens(Verdict(None, None, UNDETERMINED, "the judge failed", named(error)), used)
        if exchange.kind == "harmless" and self._form.of_harmless is not None:
            opinion = self._form.of_harmless(opinion)
        reason = opinion.reason
        if not self.covers(exchange.language):
            reason = f"{reason}; not made for {exchange.language}"
        return _with_tokens(Verdict(opinion.outcome, opinion.refusal, "", reason), used)

    async def _opinion(self, exchange: Exchange, answer: str, used: list[Completion]) -> Opinion:
        """What the model says; ``used`` gets every answer, read or not."""
        requests = self._form.ask(replace(exchange, response=answer))
        for attempt in range(1, _ATTEMPTS + 1):
            completions = await self._completions(requests, used)
            try:
                return self._form.read(completions)
            except Unreadable as error:
                if attempt == _ATTEMPTS:
                    cut = " (cut for its length)" if any(one.cut for one in completions) else ""
                    step = "Look at how the model is served: its chat template, its version"
                    raise IsoglotError(f"{self._form.name}: {error}{cut}. {step}.") from None
        raise AssertionError("unreachable")

    async def _completions(self, requests: Sequence[Request], used: list[Completion]) -> list[Completion]:
        found = await asyncio.gather(*map(self._complete, requests), return_exceptions=True)
        completions = [one for one in found if isinstance(one, Completion)]
        used += completions
        for one in found:
            if isinstance(one, BaseException):
                raise one
        return completions

    async def _complete(self, request: Request) -> Completion:
        return await self._provider.complete(
            request.prompt,
            max_tokens=self._max_tokens or request.max_tokens,
            temperature=0.0,
            logprobs=request.logprobs,
            template=request.template or None,
        )


def _with_tokens(verdict: Verdict, used: Sequence[Completion]) -> Verdict:
    return replace(
        verdict,
        input_tokens=sum(one.input_tokens for one in used),
        output_tokens=sum(one.output_tokens for one in used),
    )


def _slug(spec: str) -> str:
    """A form or provider in the name of a file: a long one keeps its end, and a hash of all of it."""
    name = re.sub(r"[^\w.-]+", "_", spec)
    return name if len(name) <= _NAME else f"{name[-_NAME:]}_{hashlib.sha256(spec.encode()).hexdigest()[:8]}"
