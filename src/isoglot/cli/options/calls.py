"""Calls to whatever translates, which several commands make: their options, and what is said of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import typer

CONCURRENCY = typer.Option(min=1, help="Calls at a time, of backends over a network; processes of a command.")
TIMEOUT = typer.Option(min=0.001, help="Longest time of one attempt, in seconds.")
RETRIES = typer.Option(min=0, help="How often a call that failed is tried again.")


def asked_words(one: Mapping[str, Any]) -> str:
    """What a backend was asked, and what it took; plain values as :meth:`isoglot.translators.asking.Asker.record`."""
    from ...providers.usage import token_words

    said = f"{texts_in_calls(one, ' asked')}; {one['found']:,} from the cache"
    if one["input_tokens"] or one["output_tokens"]:
        said += f"; {token_words(one['input_tokens'], one['output_tokens'], one['cost'])}"
    return said


def texts_in_calls(one: Mapping[str, Any], done: str = "") -> str:
    """``3 texts in 1 call``, ``1 text asked in 1 call``."""
    texts, calls = (f"{one[name]:,} {name if one[name] != 1 else name[:-1]}" for name in ("texts", "calls"))
    return f"{texts}{done} in {calls}"
