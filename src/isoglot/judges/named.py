"""A judge by what people write on a command line."""

from __future__ import annotations

from typing import Any

from ..errors import ConfigError, problem, unknown
from .batch import BatchJudge, as_batch_judge
from .guards import guard
from .offline.rules import RuleJudge
from .rubrics import rubric

KINDS = ("rules", "guard", "rubric")
FORMS = "rules, guard:NAME@PROVIDER or rubric:NAME@PROVIDER"


def asks(spec: str) -> bool:
    """Whether the judge of a spec asks a model; the rules ask nobody."""
    return spec.partition(":")[0] != "rules"


def named(spec: str, **options: Any) -> BatchJudge:
    """The judge that a spec names.

    Args:
        spec: ``rules``, ``guard:NAME@PROVIDER`` or ``rubric:NAME@PROVIDER``; PROVIDER is a model as inspect_ai names
            it, as in ``openai-api/local/Qwen3Guard``.
        **options: passed on to the guard or rubric.

    Raises:
        ConfigError: for a spec of another form, or a guard or rubric of that name that does not exist.
        MissingLibraryError: without the libraries of the extra ``inspect``.

    Example:
        >>> named("rules").name
        'rules'
    """
    kind, colon, rest = spec.partition(":")
    if kind not in KINDS:
        raise ConfigError(unknown("judge", "kind", kind, KINDS) + f" A judge is {FORMS}.")
    if kind == "rules":
        if colon:
            raise ConfigError(problem("judge", "rules alone", repr(spec)))
        return as_batch_judge(RuleJudge(**options))
    name, _, provider = rest.partition("@")
    if not name or not provider:
        raise ConfigError(problem("judge", f"{kind}:NAME@PROVIDER", repr(spec), "PROVIDER is a model, as in vllm/NAME"))
    judge: BatchJudge = (guard if kind == "guard" else rubric)(name, provider, **options)
    return judge
