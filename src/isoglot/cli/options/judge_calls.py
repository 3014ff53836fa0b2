"""Calls of judges that ask a model: their options, and which of these count for which judges."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import typer

from .backend_rules import takes
from .ignored import Rule

_PANEL = "Judges that ask a model"
CONNECTIONS = typer.Option(min=1, help="Calls at a time, of each judge.", rich_help_panel=_PANEL)
TIMEOUT = typer.Option(min=0.001, help="Seconds of one attempt.", rich_help_panel=_PANEL)
RETRIES = typer.Option(min=0, help="Further attempts of a call that failed.", rich_help_panel=_PANEL)
MAX_TOKENS = typer.Option(
    min=1,
    help="Longest answer of a judge, for models that reason at length. Default: each judge's own.",
    rich_help_panel=_PANEL,
)
MOST_CALLS, LONGEST_CALL, MOST_RETRIES = 8, 120.0, 4  # where nobody says


def _one_asks(values: Mapping[str, Any]) -> bool:
    from ...judges.named import asks

    return any(map(asks, values["judges"] or ()))


def _named(values: Mapping[str, Any]) -> str:
    """Who judges; a panel without judges is made of verdicts, and asks nobody."""
    nobody = "a panel of the verdicts that are there" if values.get("panel") else "rules"
    return ", ".join(values["judges"] or [nobody])


_A_JUDGE = "a judge that asks a model, as in {judges} guard:NAME@PROVIDER"
# Option -> what translators call it.
_BOUNDS = {"max_connections": "concurrency", "timeout": "timeout", "max_retries": "max_retries"}


def _bound(option: str) -> Rule:
    """Of an option that a judge that asks takes, or a translator beside ``--probe``."""
    return Rule((option,), lambda values: _one_asks(values) or _translates(values, option), _A_JUDGE, _named)


def _translates(values: Mapping[str, Any], option: str) -> bool:
    return values["translator"] is not None and takes(_BOUNDS[option], [values["translator"]])


OF_CALLS = (*map(_bound, _BOUNDS), Rule(("max_tokens",), _one_asks, _A_JUDGE, _named))
# The same options of isoglot evaluate, where the names without "judge" are of the model that answers.
BESIDE_A_MODEL = tuple(f"judge_{option}" for option in (*_BOUNDS, "max_tokens"))
OF_CALLS_BESIDE_A_MODEL = Rule(BESIDE_A_MODEL, _one_asks, _A_JUDGE, _named)


def bounds_of(max_connections: int, timeout: float, max_retries: int) -> dict[str, Any]:
    """The same as judges and translators take them."""
    return {"concurrency": max_connections, "timeout": timeout, "attempts": max_retries + 1}


def options_of(bounds: Mapping[str, Any], max_tokens: int | None) -> dict[str, Any]:
    """The same as :func:`isoglot.judges.named.named` takes them; without ``max_tokens`` each judge has its own."""
    return {**bounds, **({"max_tokens": max_tokens} if max_tokens else {})}
