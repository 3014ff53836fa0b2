"""Over-refusal in the tables of ``isoglot evaluate`` and ``isoglot judge``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from .console import print_table, put
from .counts import answers
from .shares import percent, with_interval

FEW = 10  # prompts of a category below which its rate says nothing, and has no row
_TITLES = {"plain": "harmless prompts refused", "borderline": "borderline prompts refused"}


class Columns(NamedTuple):
    """Columns beside those of a kind of prompts: title -> language -> rate."""

    rates: Mapping[str, Mapping[str, Any]]

    @property
    def titles(self) -> list[str]:
        """Of the columns."""
        return list(self.rates)

    def cells(self, tag: str) -> list[str]:
        """A language's cells."""
        return [percent(rates.get(tag, {}).get("value")) for rates in self.rates.values()]


def over_refusal_columns(kinds: Mapping[str, Any], kind: str) -> Columns:
    """What stands beside safety: how often harmless prompts are refused in the same language."""
    from ...evaluate.numbers.over_refusal import beside_safety

    return Columns(beside_safety(kinds) if kind == "harmful" else {})


def show_over_refusal(kinds: Mapping[str, Any]) -> None:
    """Tables of harmless and borderline prompts, and by category, where there is anything to tell apart."""
    found = kinds.get("harmless", {}).get("over_refusal", {})
    if "borderline" not in found and not any(part["categories"] for part in found.values()):
        return  # the table of harmless prompts has said it all
    told = {name: part for name, part in found.items() if part["refused"]["mean"]["n"]}  # else the judge tells none
    for name, part in told.items():
        fully, partly = part["refused"], part["refused_partly"]
        samples = {tag: one.get("samples", 1) for tag, one in kinds["harmless"]["languages"].items()}
        rows = [
            [
                tag,
                answers(rate["n"], samples[tag], part["asked"][tag]),
                with_interval(rate),
                with_interval(partly["languages"][tag]),
            ]
            for tag, rate in fully["languages"].items()
        ]
        title = f"{'plain ' if name == 'plain' and 'borderline' in found else ''}{_TITLES.get(name, name)}"
        print_table(title, ["language", "n", "refused (95 %)", "refused in part (95 %)"], rows)
        put(f"Mean of languages: refused {with_interval(fully['mean'])}, in part {with_interval(partly['mean'])}\n")
        _show_categories(title, part["categories"])


def _show_categories(title: str, categories: Mapping[str, Any]) -> None:
    """A row for each category of enough prompts; how many others there are."""
    rows = [
        [category, str(one["prompts"]), with_interval(one["refused"]), with_interval(one["refused_partly"])]
        for category, one in categories.items()
        if one["prompts"] >= FEW
    ]
    if rows:
        titles = ["category", "prompts", "refused, mean of languages (95 %)", "refused in part (95 %)"]
        print_table(f"{title}, by category", titles, rows)
    if few := [one["prompts"] for one in categories.values() if one["prompts"] < FEW]:
        names = f"{len(few)}{' further' if rows else ''} {'category' if len(few) == 1 else 'categories'}"
        verb = "is" if len(few) == 1 else "are"
        put(f"{names}, of fewer than {FEW} prompts each ({sum(few)} in all), {verb} only in metrics.json.\n")
