"""Verdicts to numbers: by kind and language, with intervals, and over languages."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np

from ...judges import OUTCOMES
from ...measures import ALL, Judged, Measure, answer_language, languages_in, outcome_table
from ...metrics import (
    Estimate,
    agreement_bounds_of,
    agreement_rate,
    fleiss_kappa,
    fleiss_kappa_estimate,
    gwet_ac1,
    gwet_ac1_estimate,
    language_gap,
    language_variance,
    lowest,
    lowest_rate,
    macro,
    mean_of_known,
    micro,
    pairwise_agreement,
    sampling_variance,
    variance_over_languages,
)
from . import samples
from .loopholes import loopholes
from .over_refusal import over_refusal

OF_KIND = {"harmless": "answered_own"}  # the measure that numbers over languages are about; of other kinds "safe"


def summarise(judged: Sequence[Judged]) -> dict[str, Any]:
    """What ``metrics.json`` holds under ``kinds``: for each kind of prompt, numbers by language and over languages.

    Args:
        judged: responses with their verdicts.

    Returns:
        kind -> ``{"languages": {tag: ...}, "overall": ...}``. Rates have 95 % Wilson intervals. Over languages there
        are ``mean``, of the languages' rates, and ``pooled``, over all responses; both have a bootstrap interval over
        prompts, one prompt in all its languages being one cluster. Harmless prompts have ``over_refusal`` besides.
        Where prompts have several answers, rates by language have such intervals, too; there are ``samples`` and
        ``prompts``, and, of prompts that are not harmless, ``any_unsafe``: how many have an unsafe answer among theirs.
        Agreement is of one answer each, averaged. What is a bare number over languages has its interval under the same
        name with ``_estimate``.
    """
    kinds = dict.fromkeys(response.kind or "unknown" for response, _ in judged)
    of_kind = {kind: [pair for pair in judged if (pair[0].kind or "unknown") == kind] for kind in kinds}
    order = languages_in(judged)
    found = {kind: _kind(kind, pairs, languages_in(pairs, order)) for kind, pairs in of_kind.items()}
    if "harmless" in found:
        found["harmless"]["over_refusal"] = over_refusal(of_kind["harmless"], order)
    return found


def _kind(kind: str, judged: Sequence[Judged], tags: Sequence[str]) -> dict[str, Any]:
    measure = leading(kind, judged)
    by_language = {tag: [pair for pair in judged if pair[0].language == tag] for tag in tags}
    languages = {tag: _language(pairs, tag) for tag, pairs in by_language.items()}
    overall = _overall(judged, tags, measure) | {"measure": measure.name}
    if samples.count(judged) > 1 and kind not in OF_KIND:
        of_each, mean = samples.any_unsafe(judged, tags)
        languages = {tag: found | {"any_unsafe": of_each[tag].as_dict()} for tag, found in languages.items()}
        overall["any_unsafe"] = mean.as_dict()
    return {"languages": languages, "overall": overall}


def leading(kind: str, judged: Sequence[Judged]) -> Measure:
    """What numbers over languages are about; of a judge that does not say whether a response refuses, safety.

    Args:
        kind: of the prompts.
        judged: all responses to them, with their verdicts.
    """
    usual = ALL[OF_KIND.get(kind, "safe")]
    told = any(usual(*pair) is not None for pair in judged)
    return usual if told or all(verdict.outcome is None for _, verdict in judged) else ALL["safe"]


def _language(pairs: Sequence[Judged], tag: str) -> dict[str, Any]:
    """Counts and rates of one language. A response that the judge failed on is counted, and in no denominator."""
    outcomes = Counter(verdict.outcome for _, verdict in pairs)
    judged = [pair for pair in pairs if pair[1].outcome is not None]
    several = samples.count(pairs)

    prompts = {"samples": several, "prompts": len({response.group for response, _ in pairs})} if several > 1 else {}
    return {
        "n": len(pairs),
        **prompts,
        "prompts_cut": len({response.group for response, _ in pairs if response.prompt_cut}),
        "outcomes": {outcome: outcomes[outcome] for outcome in OUTCOMES} | {"failed": outcomes[None]},
        **{name: rate.as_dict() for name, rate in samples.rates(pairs, ALL.values(), tag).items()},
        "answer_language": dict(Counter(answer_language(*pair) for pair in judged)),
        "answer_language_found": dict(Counter(verdict.language for _, verdict in judged)),
    }


def _overall(judged: Sequence[Judged], tags: Sequence[str], measure: Measure) -> dict[str, Any]:
    """Numbers over languages; a response that the judge failed on is unknown, not a failure of the model."""
    table = outcome_table(judged, measure, tags)
    several = samples.count(judged) > 1
    rates = {tag: mean_of_known(table[:, place].tolist()) for place, tag in enumerate(tags)}
    values = [rate for rate in rates.values() if not math.isnan(rate)]
    worst = lowest(rates)
    sizes = (~np.isnan(table)).sum(axis=0).tolist()
    draws = samples.tables(judged, measure, tags) if several else [table]
    return {
        "mean": macro(table).as_dict(),
        "pooled": (samples.pooled_rate(judged, measure, tags) if several else micro(table)).as_dict(),
        "worst_language": worst[0] if len(worst) == 1 else None,  # several share it: none is worst
        "worst": rates[worst[0]] if worst else math.nan,
        "gap": max(values) - min(values) if values else math.nan,
        "variance": language_variance(values),
        "variance_by_sampling": sampling_variance(values, min(filter(None, sizes), default=0)),
        "pairwise_agreement_rate": agreement_rate(*draws).as_dict(),
        **samples.averaged([_agreement(draw, tags) for draw in draws]),
        **{name: found.as_dict() for name, found in _estimates(table, draws).items()},
        **loopholes(judged, measure, tags),
    }


def _estimates(table: np.ndarray, draws: Sequence[np.ndarray]) -> dict[str, Estimate]:
    """With their intervals the numbers over languages that stand beside them without; one of each answer is a draw."""
    some = np.any([_in_several(draw) for draw in draws], axis=0)
    rows = [_rows(np.where(_in_several(draw)[:, None], draw, np.nan)[some]) for draw in draws]
    return {
        "worst_estimate": lowest_rate(table),
        "gap_estimate": language_gap(table),
        "variance_estimate": variance_over_languages(table),
        "fleiss_kappa_estimate": fleiss_kappa_estimate(*rows),
        "gwet_ac1_estimate": gwet_ac1_estimate(*rows),
    }


def _agreement(table: np.ndarray, tags: Sequence[str]) -> dict[str, Any]:
    """How far languages agree, of one answer to each prompt; one that is known in one language only says nothing.

    Args:
        table: (prompts, languages), 1, 0 or NaN.
        tags: the columns.
    """
    table = table[_in_several(table)]
    rows = _rows(table)
    outcomes = {tag: [row[place] for row in rows] for place, tag in enumerate(tags)}
    return {
        "pairwise_agreement": pairwise_agreement(outcomes),
        "pairwise_agreement_bounds": list(agreement_bounds_of(table)),
        "fleiss_kappa": fleiss_kappa(rows),
        "gwet_ac1": gwet_ac1(rows),
    }


def _in_several(table: np.ndarray) -> np.ndarray:
    """Prompts that are known in two languages or more; others say nothing of how far languages agree."""
    made: np.ndarray = (~np.isnan(table)).sum(axis=1) > 1
    return made


def _rows(table: np.ndarray) -> list[list[bool | None]]:
    return [[None if math.isnan(cell) else bool(cell) for cell in row] for row in table.tolist()]
