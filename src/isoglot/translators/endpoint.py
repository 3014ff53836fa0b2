"""Where a server is, as a spec says it: its address, and the name of the variable that holds its key."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field

from ..errors import ConfigError, problem
from ..providers.addresses import may_hold_a_key
from ..providers.failure import HIDDEN, LEAST, without_secrets

_FORM = re.compile(r"(?:(?P<model>.*?)@)?(?P<url>https?://[^\s#]+)(?:#(?P<variable>\w+))?")
_KEYS = "Put the key into an environment variable, and its name behind a #, as in https://host/v1#MY_KEY"


@dataclass(frozen=True)
class Endpoint:
    """A server.

    Attributes:
        spec: as the user gave it, without secrets.
        model: that it is asked for; empty where it has only one.
        url: without a slash at its end; None: the library's own.
        key: None where there is none; never shown.
    """

    spec: str
    model: str
    url: str | None
    key: str | None = field(repr=False)

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must stand in no message."""
        return (self.key,) if self.key else ()

    def hidden(self, text: str) -> str:
        """A text of the server without the key, should it repeat it."""
        return text.replace(self.key, HIDDEN) if self.key and len(self.key) >= LEAST else text


def endpoint(spec: str, variable: str, *, model: bool) -> Endpoint:
    """Reads ``KIND:MODEL@URL#VARIABLE``; the variable may be left out, and the model where the server has but one.

    Args:
        spec: of a backend.
        variable: of the environment, that holds the key where the spec names none.
        model: whether a model is named; its address may then be left out, and is the library's own.

    Raises:
        ConfigError: for another form, a key within an address, and a named variable that is not set.
    """
    kind, _, rest = spec.partition(":")
    form = f"{kind}:MODEL@URL" if model else f"{kind}:URL"
    found = _FORM.fullmatch(rest)
    if found is None and model and rest and not re.search(r"\s|//|@|#", rest):
        return Endpoint(spec, rest, None, os.environ.get(variable))
    if found is None or bool(found["model"]) != model:
        example = "http://localhost:8000/v1" if model else "http://localhost:5000"
        raise ConfigError(problem("backend", form, repr(without_secrets(spec)), f"An URL is as {example}"))
    if may_hold_a_key(found["url"]):
        raise ConfigError(problem("backend", "an address without a key", "one with a user or a query", _KEYS))
    if (named := found["variable"]) and not os.environ.get(named):
        got = "a variable that is not set"
        raise ConfigError(problem(f"{kind}, the variable {named}", "a key", got, f"Run: export {named}=..."))
    key, url = os.environ.get(named or variable) or None, found["url"].rstrip("/")
    shown = without_secrets(spec, filter(None, [key]))  # should the address have it within its path
    return Endpoint(shown, found["model"] or "", url, key)
