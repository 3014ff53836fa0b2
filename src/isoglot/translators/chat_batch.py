"""Chat models by the batch endpoint: all texts together within a day, for half the price where it is offered."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from ..escaping import visible, whole
from ..providers.attempts import Attempts, GaveUp
from ..providers.failure import without_secrets
from .batches import Batches, key_of
from .cache import TranslationCache
from .chat import ChatTranslator, answer_of, understood
from .endpoint import Endpoint
from .keeping import keeping
from .translator import Translation, with_tokens
from .wording import asked

_NONE = "no answer within the batch"


class BatchTranslator(ChatTranslator):
    """A chat model that is asked for many texts in one batch.

    What has not the form that was asked for, and the parts of a sentence of which a mark was lost, are asked for at
    once and not in another batch.

    Args:
        endpoint: of a server with ``/v1/files`` and ``/v1/batches``.
        attempts: bounds of the calls.
        cache: the store of translations, in which stands where each request is.
        temperature: as :class:`ChatTranslator` has it.
        patience: seconds between two looks at a batch.
    """

    backend = "openai-batch"
    batch_size = 10_000

    def __init__(
        self,
        endpoint: Endpoint,
        attempts: Attempts,
        cache: TranslationCache,
        *,
        temperature: float = 0.0,
        patience: float = 20.0,
    ) -> None:
        super().__init__(endpoint, attempts, temperature=temperature)
        self.concurrency = 1
        self._cache, self._patience = cache, patience

    async def translate(self, texts: Sequence[str], source: str, target: str) -> Sequence[Translation]:
        """Translations; see :class:`~isoglot.translators.Translator`."""
        first = True

        async def plain(some: list[str]) -> Sequence[Translation]:
            nonlocal first
            together, first = first, False
            made = await (self._in_batch if together else self._at_once)(some, source, target)
            return list(made)

        return await keeping(texts, plain, unit="whole", target=target)

    async def _in_batch(self, texts: Sequence[str], source: str, target: str) -> list[Translation]:
        requests = [self.request(asked(whole(text), source, target), text) for text in texts]
        batches = Batches(self._open(), self._cache, self._called, self._patience)
        try:
            lines = await batches.answers(requests)
        except GaveUp as gave_up:
            return [Translation(None, self._failure(gave_up))] * len(texts)
        read = [
            self._read(lines.get(key_of(request)), text, target) for request, text in zip(requests, texts, strict=True)
        ]
        made, again = [one for one, _ in read], [place for place, (_, again) in enumerate(read) if again]
        at_once = await self._at_once([texts[place] for place in again], source, target)
        for place, one in zip(again, at_once, strict=True):
            made[place] = with_tokens(one, made[place])
        return made

    def _read(self, line: Mapping[str, Any] | None, text: str, target: str) -> tuple[Translation, bool]:
        """A line's translation, and whether it is to be asked for again: it has not the form that was asked for."""
        from openai.types.chat import ChatCompletion

        response = (line or {}).get("response") or {}
        if response.get("status_code") != 200:
            return Translation(None, without_secrets(_said(line), self._endpoint.secrets)), False
        try:
            answer = answer_of(ChatCompletion.model_validate(response["body"]), self._endpoint)
        except (ValueError, LookupError, AttributeError, TypeError):
            return Translation(None, _NONE), True
        made = understood(answer, text, target)
        return made, made.text is None and not made.lasting

    async def _called(self, call: Callable[[], Awaitable[Any]]) -> Any:
        return await self._attempts(call, self._may_pass)


def _said(line: Mapping[str, Any] | None) -> str:
    """What a line says that is no answer."""
    response = (line or {}).get("response") or {}
    body = response.get("body")
    error = (body.get("error") if isinstance(body, dict) else None) or (line or {}).get("error")
    said = error.get("message") if isinstance(error, dict) else None
    return visible(str(said))[:200] if said else _NONE
