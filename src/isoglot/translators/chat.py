"""Chat models on any server that speaks OpenAI's protocol."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

from .. import reasoning
from ..escaping import whole
from ..judges import RuleJudge
from ..languages import base_tag, language
from ..providers.attempts import BROKEN, Attempts, GaveUp
from ..providers.failure import failure
from .endpoint import Endpoint
from .keeping import keeping
from .known import unknown_language
from .translator import Translation, with_tokens
from .wording import asked, read, wording_version

if TYPE_CHECKING:
    from openai import AsyncOpenAI

TRIES = 3  # of one text, where the answer has not the form that was asked for
_WARMER = 0.3  # of each further try, since the same question at the same temperature has the same answer
_ROOM, _TOKENS_PER_BYTE = 1024, 3  # of an answer: scripts that a model knows badly take a token a byte
_OPENAI, _NEW_LIMIT = "https://api.openai.com/v1", "max_completion_tokens"
_MANY = 1 << 40  # tokens, which no server reads: a store holds no number without end
_PASSING = (408, 409, 425, 429)
_TOO_LONG = ("context length", "context_length", "maximum context", "too long", "context size", "context window")
STEPS = {
    401: "Look at the key: OPENAI_API_KEY, or the variable that the spec names behind a #",
    403: "Look at the key: OPENAI_API_KEY, or the variable that the spec names behind a #",
    404: "Look at the model's name and at the address, which most often ends in /v1",
}


class Answer(NamedTuple):
    """What a server gave for a prompt.

    Attributes:
        text: without reasoning.
        refused: whether the server says that it declines.
        cut: whether it ended for its length only.
        input_tokens: read.
        output_tokens: written.
    """

    text: str
    refused: bool
    cut: bool
    input_tokens: int
    output_tokens: int


class ChatTranslator:
    """A chat model that is asked for one text at a time.

    Args:
        endpoint: of the server.
        attempts: bounds of the calls.
        temperature: always sent; servers else use what the model's files say.
    """

    backend = "openai"
    batch_size = 1

    def __init__(self, endpoint: Endpoint, attempts: Attempts, *, temperature: float = 0.0) -> None:
        self._attempts = attempts
        self.spec, self.model, self.concurrency = endpoint.spec, endpoint.model, attempts.concurrency
        self.settings: Mapping[str, Any] = {"temperature": temperature, "wording": wording_version(), "tries": TRIES}
        self._endpoint, self._temperature = endpoint, temperature
        # Newer models of OpenAI refuse the old name, other servers know no other.
        self._limit = (
            _NEW_LIMIT if urlsplit(endpoint.url or _OPENAI).hostname == urlsplit(_OPENAI).hostname else "max_tokens"
        )
        self._client: AsyncOpenAI | None = None

    def why_not(self, source: str, target: str) -> str:
        """It may be asked for every language that has a name."""
        return unknown_language(source, target)

    def estimate(self, text: str, source: str, target: str) -> tuple[int, int]:
        """From the lengths: a token is some four bytes of most texts."""
        per_letter = {"LATIN": 1, "CYRILLIC": 2, "ARABIC": 2, "GREEK": 2, "HEBREW": 2}
        script = language(target).script.split()[0] if base_tag(target) else "LATIN"
        dense = 0.4 if script in ("CJK", "HIRAGANA", "HANGUL") else 1.0  # letters for one of English
        written = len(text) * dense * per_letter.get(script, 3)
        return len(asked(text, source, target).encode("utf-8", "replace")) // 4, math.ceil(written / 4) + 12

    async def translate(self, texts: Sequence[str], source: str, target: str) -> Sequence[Translation]:
        """Translations; see :class:`~isoglot.translators.Translator`."""
        return await keeping(texts, lambda some: self._at_once(some, source, target), unit="whole", target=target)

    async def close(self) -> None:
        """Closes connections, in the event loop that they were opened in; another call opens them again."""
        client, self._client = self._client, None
        if client is not None:
            await client.close()

    async def _at_once(self, texts: Sequence[str], source: str, target: str) -> list[Translation]:
        return list(await asyncio.gather(*(self._one(text, source, target) for text in texts)))

    async def _one(self, text: str, source: str, target: str) -> Translation:
        prompt = asked(whole(text), source, target)
        made = Translation(None)
        for again in range(TRIES):
            try:
                answer = await self._attempts(partial(self._ask, prompt, text, again), self._may_pass)
            except GaveUp as gave_up:
                failed = Translation(None, self._failure(gave_up), _is_too_long(gave_up.error))
                return with_tokens(failed, made)
            made = with_tokens(understood(answer, text, target), made)
            if made.text is not None or made.lasting:
                break
        return replace(made, lasting=made.text is None)

    async def _ask(self, prompt: str, text: str, again: int) -> Answer:
        response = await self._open().chat.completions.create(**self.request(prompt, text, again))
        return answer_of(response, self._endpoint)

    def request(self, prompt: str, text: str, again: int = 0) -> dict[str, Any]:
        """The body of one request.

        Args:
            prompt: as the wording has it.
            text: within it, by which the answer's length is bounded.
            again: how many tries there were.
        """
        return {
            "model": self.model,
            "messages": [{"role": "user", "content": prompt}],
            "temperature": min(self._temperature + again * _WARMER, max(1.0, self._temperature)),
            self._limit: _ROOM + _TOKENS_PER_BYTE * len(text.encode("utf-8", "replace")),
        }

    def _open(self) -> AsyncOpenAI:
        if self._client is None:
            from openai import AsyncOpenAI, DefaultAsyncHttpxClient

            key, url, seconds = self._endpoint.key or "none", self._endpoint.url, self._attempts.timeout + 5
            direct = DefaultAsyncHttpxClient(follow_redirects=False, timeout=seconds)  # prompts go nowhere else
            self._client = AsyncOpenAI(api_key=key, base_url=url, max_retries=0, timeout=seconds, http_client=direct)
        return self._client

    def _failure(self, gave_up: GaveUp) -> str:
        return str(failure(self.spec, gave_up.error, gave_up.attempts, self._endpoint.secrets, STEPS))

    def _may_pass(self, error: Exception) -> bool:
        """Whether another attempt may help."""
        from openai import APIConnectionError, APIStatusError

        if isinstance(error, (TimeoutError, APIConnectionError, *BROKEN)):
            return True
        if not isinstance(error, APIStatusError) or error.code == "insufficient_quota":
            return False
        if error.param == "max_tokens":
            self._limit = _NEW_LIMIT
            return True
        return error.status_code in _PASSING or error.status_code >= 500


def answer_of(response: Any, endpoint: Endpoint) -> Answer:
    """What a response of the protocol holds, without the key.

    Raises:
        ValueError: for one without an answer.
    """
    if not response.choices:
        raise ValueError("an answer without choices")
    choice, usage = response.choices[0], response.usage
    message, reason = choice.message, choice.finish_reason
    refused = bool(getattr(message, "refusal", None)) or reason == "content_filter"
    if message.content is None and not refused and reason != "length":
        raise ValueError("an answer without content")
    text = endpoint.hidden(reasoning.parts(message.content or "").answer)
    read, written = (_count(getattr(usage, name, 0)) for name in ("prompt_tokens", "completion_tokens"))
    return Answer(text, refused, reason == "length", read, written)


def _count(value: Any) -> int:
    """Tokens, of servers that count; 0 of what is no count."""
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < _MANY else 0


def understood(answer: Answer, text: str, target: str) -> Translation:
    """The translation in an answer, or why there is none; lasting where another try would give the same."""
    made = _understood(answer, text, target)
    return replace(made, input_tokens=answer.input_tokens, output_tokens=answer.output_tokens)


def _understood(answer: Answer, text: str, target: str) -> Translation:
    if answer.refused:
        return Translation(None, "declined: the server says so", lasting=True)
    if answer.cut:
        step = "a model that thinks first is to be served without that"
        return Translation(None, f"cut: the answer did not end within its limit ({step})", lasting=True)
    if (made := read(answer.text, text)) is not None:
        return Translation(whole(made))
    if RuleJudge()(text, answer.text, language=target, kind="harmless").refusal != "none":
        return Translation(None, "declined: a refusal in place of a translation", lasting=True)
    return Translation(None, "an answer without the form that was asked for")


def _is_too_long(error: Exception) -> bool:
    return getattr(error, "status_code", 0) in (400, 413, 422) and any(say in str(error).lower() for say in _TOO_LONG)
