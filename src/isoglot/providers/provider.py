"""The adapter: calls within bounds, tried again, ended in time."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ..errors import ConfigError, problem
from ..escaping import whole
from ..extras import need
from .addresses import addresses, environment_of, read_late
from .attempts import BROKEN, Attempts, GaveUp
from .completion import Completion
from .failure import failure
from .opening import ANY_SERVER, not_opened

if TYPE_CHECKING:
    from inspect_ai.model import GenerateConfig, Model, ModelOutput

Messages = Sequence[Mapping[str, str]]
# The providers of inspect_ai that send a text as it is, to /v1/completions.
_RAW = {ANY_SERVER: "openai-api-completions", "vllm": "vllm-completions"}
_ENOUGH = 1000  # connections that inspect_ai may open; the bound is ours, so that waiting for a turn is not in the time


class Provider:
    """Any model that inspect_ai can call, called outside of its evaluations.

    Its cache (pickled files) and its log are not used. Keys and addresses come from the environment, as inspect_ai
    reads them: ``openai-api/NAME/MODEL`` needs ``NAME_API_KEY`` and ``NAME_BASE_URL``. The addresses are those of the
    moment in which it is made: closed and opened again it is the same server, whatever the environment says then.

    Args:
        spec: ``provider/model``, as in ``openai-api/local/Qwen3Guard-Gen-4B``, ``vllm/...``, ``hf/...``.
        raw: prompts are texts, sent without a chat template; ``openai-api/`` and ``vllm/`` only.
        base_url: of the server; None: what the environment says.
        concurrency: calls at a time.
        attempts: of one call, the first included.
        timeout: seconds that one attempt may take; one that hangs is given up.
        longest_wait: seconds between two attempts, at most. The wait doubles, with some chance in it.
        extra_body: further fields of each request, as ``{"repeat_penalty": 1.0}``.

    Raises:
        ConfigError: for a provider that inspect_ai does not have, or one without its key or address.
        MissingLibraryError: without the libraries of the extra ``inspect``.
    """

    def __init__(
        self,
        spec: str,
        *,
        raw: bool = False,
        base_url: str | None = None,
        concurrency: int = 8,
        attempts: int = 5,
        timeout: float = 120.0,
        longest_wait: float = 60.0,
        extra_body: Mapping[str, Any] | None = None,
    ) -> None:
        need("inspect", spec)
        self._attempts = Attempts(
            concurrency=concurrency, attempts=attempts, timeout=timeout, longest_wait=longest_wait
        )
        self.spec, self.raw, self.concurrency = spec, raw, concurrency
        self._base_url, self._addresses, self.extra_body = base_url, addresses(), dict(extra_body or {})
        self._model: Model | None = self._open()

    async def complete(
        self,
        prompt: Messages | str,
        *,
        max_tokens: int,
        temperature: float = 0.0,
        seed: int | None = None,
        stop: Sequence[str] = (),
        logprobs: int = 0,
        template: Mapping[str, Any] | None = None,
    ) -> Completion:
        """One answer.

        Args:
            prompt: messages ``{"role", "content"}``, or one user message as a text. Of a raw provider: the whole text.
            max_tokens: of the answer.
            temperature: always sent; servers else use what the model's files say.
            seed: of sampling.
            stop: texts at which it ends.
            logprobs: how many of the likeliest tokens are given with their log-probabilities.
            template: arguments of the served model's chat template; servers that do not know them ignore them.

        Raises:
            ProviderError: without an answer after all attempts.
        """
        from inspect_ai.model import GenerateConfig

        config = GenerateConfig(
            max_tokens=max_tokens,
            temperature=temperature,
            seed=seed,
            stop_seqs=list(stop) or None,
            logprobs=True if logprobs else None,
            top_logprobs=logprobs or None,
            extra_body=self.extra_body | ({"chat_template_kwargs": dict(template)} if template else {}) or None,
            max_retries=0,
            max_connections=_ENOUGH,
        )
        messages = _messages(prompt)
        try:
            return await self._attempts(lambda: self._once(messages, config), self._may_pass)
        except GaveUp as gave_up:
            raise failure(self.spec, gave_up.error, gave_up.attempts, self._secrets()) from None

    async def close(self) -> None:
        """Closes connections, in the event loop that they were opened in; another call opens them again."""
        model, self._model = self._model, None
        if model is not None:
            await model.api.aclose()

    def _open(self) -> Model:
        provider, _, rest = self.spec.partition("/")
        if self.raw and provider not in (*_RAW, *_RAW.values()):
            step = "Its prompts go without a chat template: serve it, as by `vllm serve`, as openai-api/NAME/MODEL"
            raise ConfigError(problem("provider", "openai-api/... or vllm/...", repr(self.spec), step))
        chosen = _RAW.get(provider, provider) if self.raw else provider
        with environment_of(self._addresses):
            return self._opened(chosen, f"{chosen}/{rest}" if rest else self.spec)

    def _opened(self, provider: str, name: str) -> Model:
        from inspect_ai.model import get_model

        # Attempts are counted here, not by the client too.
        arguments: dict[str, Any] = {"max_retries": 0} if provider.startswith(ANY_SERVER) else {}
        hook = sys.excepthook  # inspect_ai puts its own there
        try:
            model = get_model(name, base_url=self._base_url or read_late(provider), memoize=False, **arguments)
            if (client := getattr(model.api, "http_client", None)) is not None:
                client.follow_redirects = False  # prompts go where the user says, and nowhere else
            return model
        except Exception as error:
            got, step = not_opened(self.spec, error, base_url=self._base_url)
            raise ConfigError(problem(f"provider {self.spec!r}", "a model that can be called", got, step)) from None
        finally:
            sys.excepthook = hook

    async def _once(self, messages: list[Any], config: GenerateConfig) -> Completion:
        if self._model is None:
            self._model = self._open()
        try:
            output = await self._model.generate(messages, config=config, cache=False)
        except Exception as error:
            raise _unwrapped(error) from None
        return _completion(output)

    def _may_pass(self, error: Exception) -> bool:
        """Whether another attempt may help."""
        if isinstance(error, (TimeoutError, *BROKEN)):
            return True
        if self._model is None:
            return False
        decision = self._model.api.should_retry(error)
        return bool(getattr(decision, "retry", decision))

    def _secrets(self) -> tuple[str, ...]:
        key = getattr(self._model.api, "api_key", None) if self._model is not None else None
        return (key,) if isinstance(key, str) else ()


def _messages(prompt: Messages | str) -> list[Any]:
    from inspect_ai.model import ChatMessageAssistant, ChatMessageSystem, ChatMessageUser

    kinds = {"system": ChatMessageSystem, "user": ChatMessageUser, "assistant": ChatMessageAssistant}
    messages = [{"role": "user", "content": prompt}] if isinstance(prompt, str) else prompt
    return [kinds[message["role"]](content=whole(message["content"])) for message in messages]


def _unwrapped(error: BaseException) -> BaseException:
    """The error itself; inspect_ai, told not to try again, wraps it in its library's."""
    from tenacity import RetryError

    if isinstance(error, RetryError):
        return error.last_attempt.exception() or error
    return error


def _completion(output: ModelOutput) -> Completion:
    if not output.choices:
        raise ValueError("an answer without choices")
    choice, usage = output.choices[0], output.usage
    tokens = choice.logprobs.content if choice.logprobs else ()
    read = (usage.input_tokens + (usage.input_tokens_cache_read or 0)) if usage else 0
    return Completion(
        text=output.completion,
        stop_reason=str(choice.stop_reason),
        input_tokens=read,
        output_tokens=usage.output_tokens if usage else 0,
        logprobs=tuple(
            {one.token: one.logprob} | {top.token: top.logprob for top in one.top_logprobs or ()} for one in tokens
        ),
    )
