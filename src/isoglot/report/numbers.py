"""``metrics.json`` as typed numbers. A value that was not a number comes back as NaN, never as 0."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..errors import DataError, problem
from ..measures import ALL
from ..metrics import Interval, Rate

NO_RATE = Rate(math.nan, math.nan, math.nan, 0, 0)
NO_INTERVAL = Interval(math.nan, math.nan, math.nan)


@dataclass(frozen=True)
class LanguageNumbers:
    """One language's numbers for one kind of prompt.

    Attributes:
        n: prompts.
        prompts_cut: prompts that were too long for the model's context, and answered without their beginning.
        outcomes: outcome (``failed`` for a judge that failed) -> count.
        rates: name of a measure -> rate with its Wilson interval.
        answer_language: ``own``, ``pivot``, ``other`` or ``undetermined`` -> count.
    """

    n: int
    prompts_cut: int
    outcomes: Mapping[str, int]
    rates: Mapping[str, Rate]
    answer_language: Mapping[str, int]


@dataclass(frozen=True)
class Overall:
    """One kind's numbers over languages; see :mod:`isoglot.metrics` for what each is."""

    measure: str
    mean: Interval
    pooled: Rate
    worst_language: str
    worst: float
    variance: float
    variance_by_sampling: float
    agreement: float
    agreement_bounds: tuple[float, float]
    kappa: float
    ac1: float


@dataclass(frozen=True)
class KindNumbers:
    """One kind's numbers: tag -> numbers, and over languages."""

    languages: Mapping[str, LanguageNumbers]
    overall: Overall


def parse_kinds(metrics: object) -> dict[str, KindNumbers]:
    """The ``kinds`` of a ``metrics.json``; keys that are absent become NaN or nothing.

    Raises:
        DataError: where an object, a list or a number should be and is not.
    """
    kinds = mapping(mapping(metrics, "metrics").get("kinds", {}), "kinds")
    return {str(kind): _kind(mapping(value, f"kinds.{kind}"), f"kinds.{kind}") for kind, value in kinds.items()}


def _kind(value: Mapping[str, Any], where: str) -> KindNumbers:
    languages = mapping(value.get("languages", {}), f"{where}.languages")
    return KindNumbers(
        {str(tag): _language(item, f"{where}.languages.{tag}") for tag, item in languages.items()},
        _overall(mapping(value.get("overall", {}), f"{where}.overall"), f"{where}.overall"),
    )


def _language(value: object, where: str) -> LanguageNumbers:
    found = mapping(value, where)
    return LanguageNumbers(
        n=count(found.get("n"), f"{where}.n"),
        prompts_cut=count(found.get("prompts_cut"), f"{where}.prompts_cut"),
        outcomes=_counts(found.get("outcomes", {}), f"{where}.outcomes"),
        rates={name: _rate(found.get(name), f"{where}.{name}") for name in ALL},
        answer_language=_counts(found.get("answer_language", {}), f"{where}.answer_language"),
    )


def _overall(value: Mapping[str, Any], where: str) -> Overall:
    mean = value.get("mean")
    bounds = value.get("pairwise_agreement_bounds") or [None, None]
    if not isinstance(bounds, list) or len(bounds) != 2:
        raise DataError(problem(f"{where}.pairwise_agreement_bounds", "two numbers", repr(bounds)))
    names = ("worst", "variance", "variance_by_sampling", "pairwise_agreement", "fleiss_kappa", "gwet_ac1")
    numbers = [number(value.get(name), f"{where}.{name}") for name in names]
    worst, variance, by_sampling, agreement, kappa, ac1 = numbers
    return Overall(
        measure=str(value.get("measure") or ""),
        mean=NO_INTERVAL if mean is None else Interval(*_fields(mean, f"{where}.mean")),
        pooled=_rate(value.get("pooled"), f"{where}.pooled"),
        worst_language=str(value.get("worst_language") or ""),
        worst=worst,
        variance=variance,
        variance_by_sampling=by_sampling,
        agreement=agreement,
        agreement_bounds=(number(bounds[0], where), number(bounds[1], where)),
        kappa=kappa,
        ac1=ac1,
    )


def _rate(value: object, where: str) -> Rate:
    if value is None:
        return NO_RATE
    found = mapping(value, where)
    k, n = count(found.get("k"), f"{where}.k"), count(found.get("n"), f"{where}.n")
    return Rate(*_fields(found, where), k, n)


def _fields(value: object, where: str) -> tuple[float, float, float]:
    found = mapping(value, where)
    first, low, high = (number(found.get(name), f"{where}.{name}") for name in ("value", "low", "high"))
    return first, low, high


def _counts(value: object, where: str) -> dict[str, int]:
    return {str(key): count(item, f"{where}.{key}") for key, item in mapping(value, where).items()}


def mapping(value: object, where: str) -> Mapping[str, Any]:
    """The value, if it is an object of JSON."""
    if not isinstance(value, Mapping):
        raise DataError(problem(where, "an object", repr(value)[:80]))
    return value


def number(value: object, where: str) -> float:
    """The value as a float, NaN for null."""
    if value is None:
        return math.nan
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise DataError(problem(where, "a number or null", repr(value)[:80]))
    try:
        found = float(value)
    except OverflowError:  # JSON's integers have no bound
        raise DataError(problem(where, "a number of ordinary size", "one too large")) from None
    return found if math.isfinite(found) else math.nan  # Python's reader lets Infinity through


def numbers(values: object, where: str) -> list[float]:
    """The values as floats, NaN for null."""
    if not isinstance(values, Sequence) or isinstance(values, str):
        raise DataError(problem(where, "a list of numbers", repr(values)[:80]))
    return [number(value, where) for value in values]


def count(value: object, where: str) -> int:
    """The value as a count, 0 for null."""
    found = number(value, where)
    if math.isnan(found):
        return 0
    if found < 0 or found != int(found):
        raise DataError(problem(where, "a count", repr(value)[:80]))
    return int(found)
