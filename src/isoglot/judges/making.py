"""A guard or rubric by its name, and the policy files that some of them take."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ..amounts import whole_problems
from ..errors import ConfigError, MissingFileError, problem, raise_all, unknown
from ..providers import Provider
from .asked import AskedJudge, Form

LONGEST = 100_000  # characters of a policy; guards read far less
_OF_PROVIDERS = ("concurrency", "attempts", "timeout", "longest_wait")
_LENGTH = "max_tokens"


def made(
    kind: str,
    makers: Mapping[str, Callable[..., Form]],
    name: str,
    provider: str | Provider,
    options: Mapping[str, Any],
) -> AskedJudge:
    """The judge of a kind that a name means.

    Args:
        kind: ``"guard"`` or ``"rubric"``.
        makers: what makes each form, by name; one that takes a ``policy`` or a ``threshold`` is given
            what stands after a colon in the name.
        name: as people write it, ``safety``, ``policy:FILE`` or ``strongreject:0.25``.
        provider: who answers, or its spec.
        options: of the form; ``max_tokens`` of an answer; and, where ``provider`` is a spec, of the provider.

    Raises:
        ConfigError: for a name, an option or a provider that does not exist or fit.
        MissingFileError: for a policy file that is not there.
    """
    base, colon, argument = name.partition(":")
    maker = makers.get(base)
    if maker is None:
        begin = [known for known in makers if known.startswith(base)] if base else []
        hint = f"{kind}: expected one of {', '.join(begin)}, got {base!r}." if begin else ""
        raise ConfigError(hint or unknown(kind, "name", base, makers))
    takes = inspect.signature(maker).parameters
    of_provider = {key: value for key, value in options.items() if key in _OF_PROVIDERS}
    of_form = {key: value for key, value in options.items() if key not in (*_OF_PROVIDERS, _LENGTH)}
    for key in of_form:
        if key not in takes:
            raise ConfigError(unknown(f"{kind} {base}", "option", key, [*takes, *_OF_PROVIDERS, _LENGTH]))
    if colon and "policy" in takes:
        of_form["policy"] = Path(argument)
    elif colon and "threshold" in takes:
        of_form["threshold"] = _number(f"{kind} {name}", argument)
    elif colon:
        raise ConfigError(problem(f"{kind} {base}", "nothing after its name", repr(name)))
    elif "policy" in takes and "policy" not in of_form:
        step = "The policy is yours: a text file that says what a response must not do"
        raise ConfigError(problem(f"{kind} {base}", f"{base}:FILE", repr(name), step))
    longest, form = _longest(options), maker(**of_form)
    return AskedJudge(kind, form, _provider(form, provider, of_provider), longest)


def _longest(options: Mapping[str, Any]) -> int | None:
    """Tokens of an answer; None: the form's own."""
    longest: int | None = options.get(_LENGTH)
    if longest is not None:
        raise_all(whole_problems(_LENGTH, longest, 1, "Leave it out for the judge's own"), ConfigError)
    return longest


def _number(where: str, text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise ConfigError(problem(where, "a threshold after the colon, as in 0.4", repr(text))) from None


def _provider(form: Form, provider: str | Provider, options: Mapping[str, Any]) -> Provider:
    if isinstance(provider, str):
        return Provider(provider, raw=form.raw, **options)
    if options:
        raise ConfigError(problem(", ".join(options), "a provider by its spec", "one that is made already"))
    if provider.raw != form.raw:
        got = "raw" if provider.raw else "with the model's chat template"
        raise ConfigError(problem(f"{form.name}", f"a provider with raw={form.raw}", f"one that sends prompts {got}"))
    return provider


def policy_text(policy: Path | str) -> tuple[str, str]:
    """A policy's name and text, of a file or of the text itself.

    Raises:
        MissingFileError: if the file is not there.
        ConfigError: if it is empty, too long, or no text in UTF-8.
    """
    if isinstance(policy, str):
        name, text = "policy", policy.strip()
    else:
        name = policy.stem
        try:
            with open(policy, encoding="utf-8-sig") as file:
                text = file.read(LONGEST + 1).strip()
        except FileNotFoundError:
            raise MissingFileError(problem(str(policy), "a policy, as text", "nothing", "Check the path")) from None
        except (OSError, ValueError) as error:
            raise ConfigError(problem(str(policy), "a text in UTF-8", f"something else ({error})")) from None
    if not 0 < len(text) <= LONGEST:
        got = "nothing" if not text else f"more than {LONGEST:,} characters"
        raise ConfigError(problem(str(policy)[:60], "a policy in words", got))
    return name, text
