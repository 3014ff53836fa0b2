"""How a task's judge is asked, if it asks a model: as by ``isoglot evaluate --judge-max-connections`` and its like."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypedDict

from ..amounts import is_number, whole_problems
from ..errors import ConfigError, problem, raise_all, short, unknown
from ..judges.named import asks, named
from ..providers.addresses import addresses

# As judges take it; of retries they count the first attempt, too.
_OPTIONS = {
    "judge_max_connections": "concurrency",
    "judge_timeout": "timeout",
    "judge_max_retries": "attempts",
    "judge_max_tokens": "max_tokens",
}
_EXAMPLE = "guard:NAME@PROVIDER"
_LEAST = {"judge_max_connections": 1, "judge_max_retries": 0, "judge_max_tokens": 1}


class JudgeCalls(TypedDict, total=False):
    """What may be said; else a judge has its own.

    Attributes:
        judge_max_connections: calls at a time.
        judge_timeout: seconds of one attempt.
        judge_max_retries: further attempts of a call that failed.
        judge_max_tokens: of the longest answer, for models that reason at length.
    """

    judge_max_connections: int
    judge_timeout: float
    judge_max_retries: int
    judge_max_tokens: int


def judge_asked(spec: str, calls: Mapping[str, Any], beside: Iterable[str] = ()) -> Any:
    """The judge of a spec; of those that ask a model one for all who name it in the same way.

    The same name may be that of another server's model, where the environment has changed since.

    Args:
        spec: ``rules``, ``guard:NAME@PROVIDER`` or ``rubric:NAME@PROVIDER``.
        calls: as :class:`JudgeCalls`; None stands for what nobody says.
        beside: the other parameters that there are, for who has misspelt one.

    Raises:
        ConfigError: for a spec, or calls that cannot be, the latter all at once.
    """
    known = {name: value for name, value in calls.items() if value is not None}
    raise_all(_wrong(spec, known, beside), ConfigError)
    if not asks(spec):
        return named(spec)
    options = {_OPTIONS[name]: value for name, value in known.items()}
    if "attempts" in options:
        options["attempts"] += 1
    from .closing import JUDGES

    key = (spec, addresses(), *sorted(options.items()))
    if (found := JUDGES.get(key)) is None:  # the questions of one task are asked of one judge, within its bounds
        found = JUDGES[key] = named(spec, **options)
    return found


def _wrong(spec: str, calls: Mapping[str, Any], beside: Iterable[str]) -> list[str]:
    wrong = [unknown("-T", "parameter", name, [*beside, *_OPTIONS]) for name in calls if name not in _OPTIONS]
    known = {name: value for name, value in calls.items() if name in _OPTIONS}
    if known and not asks(spec):
        wrong.append(problem(", ".join(known), f"a judge that asks a model, as in judge={_EXAMPLE}", repr(spec)))
    for name, value in known.items():
        if name in _LEAST:
            wrong += whole_problems(name, value, _LEAST[name])
        elif not (is_number(value) and value > 0):
            wrong.append(problem(name, "a number of seconds above 0", short(value)))
    return wrong
