"""Over-refusal in the tables of ``isoglot evaluate`` and ``isoglot judge``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from .console import percent, print_table, put

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
    from ..evaluate.over_refusal import beside_safety

    return Columns(beside_safety(kinds) if kind == "harmful" else {})


def show_over_refusal(kinds: Mapping[str, Any]) -> None:
    """Tables of harmless and borderline prompts, and by category, where there is anything to tell apart."""
    found = kinds.get("harmless", {}).get("over_refusal", {})
    if "borderline" not in found and not any(part["categories"] for part in found.values()):
        return  # the table of harmless prompts has said it all
    for name, part in found.items():
        fully, partly = part["refused"], part["refused_partly"]
        rows = [_row(tag, rate, partly["languages"][tag]) for tag, rate in fully["languages"].items()]
        print_table(_TITLES.get(name, name), ["language", "n", "refused (95 %)", "refused in part (95 %)"], rows)
        put(f"Mean of languages: refused {_interval(fully['mean'])}, in part {_interval(partly['mean'])}\n")
        rows = [
            [category, str(one["prompts"]), _interval(one["refused"]), _interval(one["refused_partly"])]
            for category, one in part["categories"].items()
        ]
        if rows:
            titles = ["category", "prompts", "refused, mean of languages (95 %)", "refused in part (95 %)"]
            print_table(f"{_TITLES.get(name, name)}, by category", titles, rows)


def _row(tag: str, fully: Mapping[str, Any], partly: Mapping[str, Any]) -> list[str]:
    return [tag, str(fully["n"]), _interval(fully), _interval(partly)]


def _interval(found: Mapping[str, Any]) -> str:
    return f"{percent(found['value'])} ({percent(found['low'])} – {percent(found['high'])})"
