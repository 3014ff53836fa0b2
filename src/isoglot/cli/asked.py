"""Options of judges that ask a model: how many calls at a time, how long, how often, how long an answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import typer

from .ignored import Rule

_PANEL = "Judges that ask a model"
CONNECTIONS = typer.Option(min=1, help="Calls at a time, of each judge.", rich_help_panel=_PANEL)
TIMEOUT = typer.Option(min=0.001, help="Seconds of one attempt.", rich_help_panel=_PANEL)
RETRIES = typer.Option(min=0, help="Further attempts of a call that failed.", rich_help_panel=_PANEL)
MAX_TOKENS = typer.Option(
    min=1, help="Longest answer, for models that reason at length. Default: each judge's own.", rich_help_panel=_PANEL
)


def _one_asks(values: Mapping[str, Any]) -> bool:
    from ..judges.named import asks

    return any(map(asks, values["judges"] or ()))


ASKED = Rule(
    ("max_connections", "timeout", "max_retries", "max_tokens"),
    _one_asks,
    "a judge that asks a model, as in {judges} guard:NAME@PROVIDER",
    lambda values: ", ".join(values["judges"] or ["rules"]),
)


def options_of(max_connections: int, timeout: float, max_retries: int, max_tokens: int | None) -> dict[str, Any]:
    """The same as :func:`isoglot.judges.guards.guard` takes them."""
    bounds = {"concurrency": max_connections, "timeout": timeout, "attempts": max_retries + 1}
    return bounds | ({"max_tokens": max_tokens} if max_tokens is not None else {})
