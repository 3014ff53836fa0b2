"""How a provider is asked, and its model as inspect_ai makes it."""

from __future__ import annotations

import importlib.metadata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..errors import ConfigError, IsoglotError, ModelError, problem
from ..providers.addresses import for_a_file, may_hold_a_key
from ..providers.opening import not_opened
from .model_names import HUB, provider_of

if TYPE_CHECKING:
    from inspect_ai.model import Model


@dataclass(frozen=True)
class Connection:
    """How a provider is asked.

    Attributes:
        base_url: of its server; None: what the provider's environment variable says.
        max_connections: requests at a time; None: as inspect_ai has it for the provider.
        timeout: seconds that one attempt may take.
        max_retries: further attempts of a request that failed in a way that may pass.

    Raises:
        ConfigError: for an address that holds a password: it would stand in logs.
    """

    base_url: str | None = None
    max_connections: int | None = None
    timeout: int = 300
    max_retries: int = 5

    def __post_init__(self) -> None:
        if may_hold_a_key(self.base_url or ""):
            step = "Put the key into the provider's environment variable, as in OPENAI_API_KEY"
            raise ConfigError(problem("--base-url", "an address without a key", "one with a user or a query", step))

    def facts(self, model: Model) -> dict[str, Any]:
        """What a protocol says of it.

        Args:
            model: so connected. Where nobody gave an address, it knows the one that the environment gave it, if the
                provider says it.
        """
        address = self.base_url or getattr(model.api, "base_url", None)
        there = {"base_url": for_a_file(str(address))} if address else {}
        return {**there, "inspect_ai": importlib.metadata.version("inspect_ai")}


def connected(model: str, how: Connection, model_args: dict[str, Any]) -> Model:
    """The model, as inspect_ai makes it; no request is sent.

    Raises:
        ModelError: if there is no such model, or no key or address for it.
    """
    from inspect_ai.model import GenerateConfig, get_model

    from .model_api import IsoglotAPI  # which registers it

    config = GenerateConfig(
        max_connections=how.max_connections, max_retries=how.max_retries, attempt_timeout=how.timeout
    )
    if provider_of(model) == "openai-api":  # whose client would count attempts of its own
        model_args = {"max_retries": 0} | model_args
    try:
        found = get_model(model, config=config, base_url=how.base_url, memoize=False, **model_args)
        if isinstance(found.api, IsoglotAPI):
            found.api.load()  # now, rather than at the first request
        return found
    except IsoglotError:
        raise
    except Exception as error:  # of any provider
        provider = provider_of(model)
        expected = f"a model of the provider {provider}" if provider else "a model of a provider that inspect_ai has"
        got, step = not_opened(model, error, base_url=how.base_url)
        if model.count("/") == 1:
            step = f"{step}. If a model on the hub is meant: {HUB}{model}"
        raise ModelError(problem(model, expected, got, step)) from None
