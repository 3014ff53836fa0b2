"""What went wrong with a provider, in a sentence that holds no secret."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterable, Mapping

from ..errors import IsoglotError, first_line, problem, some
from ..escaping import visible

_SECRET_NAME = re.compile(r"KEY|TOKEN|SECRET|PASSWORD|CREDENTIAL", re.IGNORECASE)
_SECRET = re.compile(r"(?<=//)[^/\s@]+(?=@)|(?<=Bearer )\S+|\bsk-[\w-]{6,}", re.IGNORECASE)
LEAST = 6  # characters; shorter values are words that stand in messages by chance
_MARKUP = re.compile(r"\[/?(?:bold|blue|red|italic)\]")  # of rich, in inspect_ai's messages
HIDDEN = "[secret]"
_KEY = "Look at the key in the environment (for openai-api/NAME/...: NAME_API_KEY)"
_LOG = "Look at the server's log"
_API = "Look whether the address is that of the API, which most servers have under /v1"
_ELSEWHERE = (301, 302, 303, 307, 308)
_STEPS = {401: _KEY, 403: _KEY, 404: "Look at the model's name and at NAME_BASE_URL, which ends in /v1"}


class ProviderError(IsoglotError, RuntimeError):
    """A provider that did not answer, after all attempts."""


def failure(
    spec: str,
    error: BaseException,
    attempts: int,
    secrets: Iterable[str] = (),
    steps: Mapping[int, str] = _STEPS,
) -> ProviderError:
    """The error to raise for one of another library's, which may quote keys and prompts.

    Args:
        spec: of the provider.
        error: the last one.
        attempts: how often it was tried.
        secrets: what must not stand in the message, besides what the environment holds.
        steps: what to do, by the status of the server's answer.
    """
    times = f" after {attempts} attempts" if attempts > 1 else ""
    ours = _is_ours(error)
    said = f"{'' if ours else f'{type(error).__name__}: '}{_said(error, secrets)}{times}"
    step = _next_step(error, steps)
    if not ours and isinstance(error, (AttributeError, TypeError, LookupError, ValueError)):  # of what takes what comes
        said = f"one that is not of the protocol ({said})"
        step = _API if step == _LOG else step  # a page of a proxy, or of the server itself, comes with status 200
    return ProviderError(problem(without_secrets(spec, secrets), "an answer", said, step))


def reasons_said(reasons: Counter[str]) -> str:
    """Why calls failed, the most frequent first; how many failed for each, where there are several."""
    counted = [(reason.rstrip("."), count) for reason, count in reasons.most_common()]
    return counted[0][0] if len(counted) == 1 else some((f"{reason} ({count:,})" for reason, count in counted), 3)


def without_secrets(text: str, secrets: Iterable[str] = ()) -> str:
    """The text without keys: those given, those of the environment, and what looks like one."""
    return _SECRET.sub(HIDDEN, without_known_secrets(text, secrets))


def without_known_secrets(text: str, secrets: Iterable[str] = ()) -> str:
    """The text without keys: those given, and those of the environment. JSON stays JSON."""
    known = {value for name, value in os.environ.items() if _SECRET_NAME.search(name)} | set(secrets)
    for value in sorted((value for value in known if len(value) >= LEAST), key=len, reverse=True):
        text = text.replace(value, HIDDEN)
    return text


def plain(message: str) -> str:
    """A message of inspect_ai on one line, without markup."""
    return " ".join(_MARKUP.sub("", message).split()).removeprefix("ERROR: ")


def _is_ours(error: BaseException) -> bool:
    """Whether its message says all that there is to say: the class is one of ours, or of no library."""
    return type(error) is ValueError or type(error).__module__.startswith("isoglot.")


def _said(error: BaseException, secrets: Iterable[str]) -> str:
    """Its message, cut after secrets are hidden; inspect_ai's own quotes the request, and has the provider's apart."""
    said = getattr(error, "provider_message", None) or str(error)
    return visible(first_line(RuntimeError(without_secrets(said, secrets))))


def _next_step(error: BaseException, steps: Mapping[int, str]) -> str:
    if (step := steps.get(getattr(error, "status_code", 0) or 0)) is not None:
        return step
    if (status := getattr(error, "status_code", 0) or 0) in _ELSEWHERE:
        return "It sends to another address, where nothing goes unless you name that: look at the address"
    if status == 429:
        return "Make fewer calls at a time, or try again later"
    name = type(error).__name__  # other libraries have their own classes for these
    if isinstance(error, TimeoutError) or "Timeout" in name:
        return "Allow more time for a call, or fewer calls at a time"
    if isinstance(error, ConnectionError) or "Connect" in name:
        return "Look whether the server runs and whether the address is right"
    return _LOG
