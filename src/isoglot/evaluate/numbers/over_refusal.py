"""Over-refusal: harmless prompts that are refused, by language and category, the borderline ones apart."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from ...groups.borderline import BORDERLINE, is_borderline
from ...measures import ALL, Judged, languages_in, outcome_table
from ...metrics import macro
from . import samples

MEASURES = ("refused", "refused_partly")
PLAIN = "plain"


def over_refusal(judged: Sequence[Judged], order: Sequence[str] = ()) -> dict[str, Any]:
    """What ``metrics.json`` holds under ``kinds.harmless.over_refusal``.

    Args:
        judged: responses to harmless prompts, with their verdicts.
        order: of the languages; empty: as they first come.

    Returns:
        ``plain`` and ``borderline``, each where there are such prompts: ``prompts``; ``asked``: tag -> how many of them
        there are in that language; measure -> ``languages`` (tag -> rate) and ``mean`` of the languages;
        ``categories``: category -> measure -> mean of its languages. A mean's interval is a bootstrap over prompts,
        each in all its languages.
    """
    parts = {
        PLAIN: [pair for pair in judged if not is_borderline(pair[0].category)],
        BORDERLINE: [pair for pair in judged if is_borderline(pair[0].category)],
    }
    return {name: _part(pairs, order) for name, pairs in parts.items() if pairs}


def _part(pairs: Sequence[Judged], order: Sequence[str]) -> dict[str, Any]:
    categories = dict.fromkeys(response.category for response, _ in pairs if response.category)
    return {
        "prompts": len({response.group for response, _ in pairs}),
        "asked": Counter(tag for tag, _ in dict.fromkeys((one.language, one.group) for one, _ in pairs)),
        **{name: _by_language(pairs, name, order) for name in MEASURES},
        "categories": {one: _category([pair for pair in pairs if pair[0].category == one]) for one in categories},
    }


def _by_language(pairs: Sequence[Judged], name: str, order: Sequence[str]) -> dict[str, Any]:
    rates = {}
    for tag in languages_in(pairs, order):
        rates[tag] = samples.rate([pair for pair in pairs if pair[0].language == tag], ALL[name], tag).as_dict()
    return {"languages": rates, "mean": _mean(pairs, name)}


def _mean(pairs: Sequence[Judged], name: str) -> dict[str, Any]:
    return macro(outcome_table(pairs, ALL[name], languages_in(pairs))).as_dict()


def _category(pairs: Sequence[Judged]) -> dict[str, Any]:
    return {
        "prompts": len({response.group for response, _ in pairs}),
        **{name: _mean(pairs, name) for name in MEASURES},
    }


def beside_safety(kinds: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Title of a column -> language -> the rate of full refusals, for a table of harmful prompts.

    Beside borderline prompts the others are called plain: those of all harmless ones are another number.

    Args:
        kinds: as ``metrics.json`` holds them.
    """
    found = kinds.get("harmless", {}).get("over_refusal", {})
    plain = "plain harmless refused" if BORDERLINE in found else "harmless refused"
    titles = {PLAIN: plain, BORDERLINE: "borderline refused"}
    return {titles[name]: part["refused"]["languages"] for name, part in found.items() if name in titles}
