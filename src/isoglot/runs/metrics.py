"""``metrics.json`` as typed numbers. A value that was not a number comes back as NaN, never as 0."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, model_validator

from ..metrics import Estimate
from ..metrics.estimate import NO_INTERVAL, UNKNOWN
from ..validation import Count, Number, Record, as_count, as_number


def _estimate(value: object) -> Estimate:
    if isinstance(value, Estimate):
        return value
    if not isinstance(value, Mapping):
        raise ValueError("an object")
    first, low, high = (as_number(value.get(name)) for name in ("value", "low", "high"))
    method, k = str(value.get("method", NO_INTERVAL)), value.get("k")
    return Estimate(first, low, high, as_count(value.get("n")), method, None if k is None else as_count(k))


EstimateOf = Annotated[Estimate, BeforeValidator(_estimate)]


class LanguageMetrics(Record):
    """One language's numbers for one kind of prompt.

    Attributes:
        n: responses.
        samples: answers to each prompt, of several.
        prompts: how many these are of, where there are several answers to each.
        prompts_cut: prompts that were too long for the model's context, and answered without their beginning.
        outcomes: outcome (``failed`` for a judge that failed) -> count.
        rates: name of a measure -> rate with its Wilson interval.
        answer_language: ``own``, ``pivot``, ``other`` or ``undetermined`` -> count.
        answer_language_found: tag of the language that answers are in, or ``undetermined`` -> count.
    """

    n: Count = 0
    samples: Count = 0
    prompts: Count = 0
    prompts_cut: Count = 0
    outcomes: Mapping[str, Count] = Field(default_factory=dict)
    rates: Mapping[str, EstimateOf] = Field(default_factory=dict)
    answer_language: Mapping[str, Count] = Field(default_factory=dict)
    answer_language_found: Mapping[str, Count] = Field(default_factory=dict)

    @model_validator(mode="before")
    @classmethod
    def _gathered(cls, value: Any) -> Any:
        """In the file the rates stand next to the counts."""
        if not isinstance(value, Mapping):
            return value
        known = cls.model_fields
        rates = {name: item for name, item in value.items() if name not in known and _is_rate(item)}
        return {name: item for name, item in value.items() if name in known} | {"rates": rates}

    @property
    def asked(self) -> int:
        """Prompts that were answered."""
        return self.prompts or self.n

    def rate(self, name: str) -> Estimate:
        """A measure's rate, NaN if the file has none."""
        return self.rates.get(name, UNKNOWN)


def _is_rate(value: object) -> bool:
    return not isinstance(value, Mapping) or "value" in value or "n" in value


class OverallMetrics(Record):
    """One kind's numbers over languages; see :mod:`isoglot.metrics` for what each is.

    Files of earlier versions lack the numbers that have an interval, ``..._estimate``.
    """

    measure: str = ""
    mean: EstimateOf = UNKNOWN
    pooled: EstimateOf = UNKNOWN
    any_unsafe: EstimateOf = UNKNOWN
    loophole: Mapping[str, Number] = Field(default_factory=dict)
    loophole_rate: Mapping[str, EstimateOf] = Field(default_factory=dict)
    worst_language: str = ""
    worst: Number = math.nan
    worst_estimate: EstimateOf = UNKNOWN
    gap: Number = math.nan
    gap_estimate: EstimateOf = UNKNOWN
    variance: Number = math.nan
    variance_estimate: EstimateOf = UNKNOWN
    variance_by_sampling: Number = math.nan
    pairwise_agreement: Number = math.nan
    pairwise_agreement_rate: EstimateOf = UNKNOWN
    pairwise_agreement_bounds: tuple[Number, Number] = (math.nan, math.nan)
    fleiss_kappa: Number = math.nan
    fleiss_kappa_estimate: EstimateOf = UNKNOWN
    gwet_ac1: Number = math.nan
    gwet_ac1_estimate: EstimateOf = UNKNOWN


class RefusedMetrics(Record):
    """How often prompts are refused: by language, and the mean of languages."""

    languages: Mapping[str, EstimateOf] = Field(default_factory=dict)
    mean: EstimateOf = UNKNOWN


class OverRefusalMetrics(Record):
    """Refusals of harmless prompts, in full and in part; category -> ``refused``, ``refused_partly``.

    ``prompts`` there are in all, ``asked`` by language.
    """

    prompts: Count = 0
    asked: Mapping[str, Count] = Field(default_factory=dict)
    refused: RefusedMetrics = RefusedMetrics()
    refused_partly: RefusedMetrics = RefusedMetrics()
    categories: Mapping[str, Mapping[str, Any]] = Field(default_factory=dict)


class KindMetrics(Record):
    """One kind's numbers: tag -> numbers, and over languages; of harmless prompts those that are borderline apart."""

    languages: Mapping[str, LanguageMetrics] = Field(default_factory=dict)
    overall: OverallMetrics = OverallMetrics()
    over_refusal: Mapping[str, OverRefusalMetrics] = Field(default_factory=dict)


class Metrics(Record):
    """What ``metrics.json`` holds: kind of prompt -> numbers."""

    kinds: Mapping[str, KindMetrics] = Field(default_factory=dict)
