"""LibreTranslate over HTTP."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from ..escaping import whole
from ..languages import base_tag, canonical_tag, target_language
from ..providers.attempts import BROKEN, Attempts, GaveUp
from ..providers.failure import failure, without_secrets
from .codes import called
from .endpoint import Endpoint
from .keeping import keeping
from .known import unknown_language
from .translator import NoPair, Translation

if TYPE_CHECKING:
    import httpx

_PASSING = (408, 425, 429, 500, 502, 503, 504)
_STEPS = {
    400: "Look whether the server has both languages (isoglot asks for them by the codes of its page /languages)",
    403: "Look at the key: LIBRETRANSLATE_API_KEY, or the variable that the spec names behind a #",
    404: "Look at the address; /translate is added to it",
}


class LibreTranslate:
    """A server of LibreTranslate; several texts are one request.

    Args:
        endpoint: of the server.
        attempts: bounds of the requests.
    """

    backend = "libretranslate"
    batch_size = 16
    only_asking_tells = True

    def __init__(self, endpoint: Endpoint, attempts: Attempts) -> None:
        self._attempts = attempts
        self.spec, self.concurrency, self._endpoint = endpoint.spec, attempts.concurrency, endpoint
        self.model = without_secrets(endpoint.hidden(str(endpoint.url)))
        self.settings: Mapping[str, Any] = {}
        self._client: httpx.AsyncClient | None = None
        self._pairs: set[tuple[str, str]] | None = None  # that it has, once it was asked

    def why_not(self, source: str, target: str) -> str:
        """Scripts, which it has no codes for except those of Chinese; the languages it has only its server knows."""
        if why := unknown_language(source, target):
            return why
        other = [tag for tag in (source, target) if base_tag(tag) != "zh" and called(tag, _plain) is None]
        return f"LibreTranslate has no code for the script of {' and '.join(other)}" if other else ""

    def estimate(self, text: str, source: str, target: str) -> tuple[int, int]:  # noqa: ARG002
        """It counts no tokens."""
        return 0, 0

    async def translate(self, texts: Sequence[str], source: str, target: str) -> Sequence[Translation]:
        """Translations; see :class:`~isoglot.translators.Translator`.

        Raises:
            NoPair: where the server refuses a text, and its list of languages lacks the pair.
        """
        return await keeping(texts, partial(self._plain, source, target), unit="whole", target=target)

    async def close(self) -> None:
        """Closes connections."""
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()

    async def _plain(self, source: str, target: str, texts: list[str]) -> list[Translation]:
        """The translations; texts of which the server refuses one are asked for one by one."""
        body: dict[str, Any] = {"source": _code(source), "target": _code(target), "format": "text"}
        if self._endpoint.key:
            body["api_key"] = self._endpoint.key
        try:
            made = await self._attempts(partial(self._ask, body | {"q": list(map(whole, texts))}), _may_pass)
        except GaveUp as gave_up:
            refused = getattr(gave_up.error, "status_code", 0)
            if refused == 400 and not await self._lists(body["source"], body["target"]):
                raise NoPair(f"{self.spec} lists no translation from {source} to {target}") from None
            if refused in (400, 413) and len(texts) > 1:
                return [one for text in texts for one in await self._plain(source, target, [text])]
            said = failure(self.spec, gave_up.error, gave_up.attempts, self._endpoint.secrets, _STEPS)
            return [Translation(None, str(said))] * len(texts)
        return [Translation(whole(self._endpoint.hidden(text))) for text in made]

    async def _lists(self, source: str, target: str) -> bool:
        """Whether the server says that it has two languages; true where it does not say what it has."""
        if self._pairs is None:
            try:
                self._pairs = await self._attempts(self._ask_for_pairs, _may_pass)
            except GaveUp:
                return True
        return (source, target) in self._pairs

    async def _ask_for_pairs(self) -> set[tuple[str, str]]:
        response = await self._open().get(f"{self._endpoint.url}/languages")
        if not response.is_success:
            raise _Refused(response)
        listed = {one["code"]: one.get("targets") for one in response.json()}
        every = list(listed)  # older servers have all pairs of what they list
        return {(source, target) for source, targets in listed.items() for target in (targets or every)}

    def _open(self) -> httpx.AsyncClient:
        import httpx

        if self._client is None:
            self._client = httpx.AsyncClient(timeout=self._attempts.timeout + 5)
        return self._client

    async def _ask(self, body: dict[str, Any]) -> list[str]:
        response = await self._open().post(f"{self._endpoint.url}/translate", json=body)
        if not response.is_success:  # an error, or another address, to which texts do not follow
            raise _Refused(response)
        answer = response.json()
        made = answer.get("translatedText") if isinstance(answer, dict) else None
        if not isinstance(made, list) or len(made) != len(body["q"]) or not all(isinstance(one, str) for one in made):
            raise ValueError(f"an answer without {len(body['q'])} texts")
        return made


class _Refused(Exception):  # noqa: N818 - told to the user as what a translation lacks
    """An answer with another status than 200.

    Attributes:
        status_code: of it.
        response: whole.
    """

    def __init__(self, response: httpx.Response) -> None:
        try:
            said = str(response.json()["error"])
        except BROKEN:
            said = response.reason_phrase
        super().__init__(f"status {response.status_code}: {said}")
        self.response, self.status_code = response, response.status_code


def _may_pass(error: Exception) -> bool:
    """Whether another attempt may help."""
    import httpx

    if isinstance(error, _Refused):
        return error.status_code in _PASSING
    return isinstance(error, (TimeoutError, httpx.TransportError, *BROKEN))


def _plain(code: str) -> bool:
    return "_" not in code


def _code(tag: str) -> str:
    """What it calls a language: its tag without script and region, but for a few."""
    base = base_tag(tag) or tag
    if base == "zh":
        return f"zh-{target_language(tag).language.scripts[0]}"
    return {"no": "nb"}.get(base, "pt-BR" if canonical_tag(tag) == "pt-BR" else base)
