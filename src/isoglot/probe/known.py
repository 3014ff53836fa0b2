"""What a probe knows of a language: the same for its table and for its page, which is made from a file."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from ..metrics import Estimate


def known(estimates: Mapping[str, Estimate]) -> dict[str, Estimate]:
    """Those that have a number: a language that lacks a kind of prompts has none, and no interval.

    Args:
        estimates: of one language, by measure.
    """
    return {name: one for name, one in estimates.items() if not math.isnan(one.value)}


def by_chance(estimates: Mapping[str, Estimate]) -> float:
    """The share of translations that are found by chance: one in as many prompts as the language has.

    Args:
        estimates: of one language, by measure.

    Returns:
        In (0, 1/2]; NaN where nothing is known of translations found, as of a single prompt.
    """
    hits = known(estimates).get("retrieval")
    return math.nan if hits is None else 1 / hits.n


def read_back(records: Mapping[str, Mapping[str, Any]]) -> dict[str, Estimate]:
    """The estimates of one language by measure, as ``probe.json`` holds them: None is a number that is not known."""
    return {name: _estimate(record) for name, record in records.items()}


def _estimate(record: Mapping[str, Any]) -> Estimate:
    value, low, high = (math.nan if record[name] is None else record[name] for name in ("value", "low", "high"))
    return Estimate(value, low, high, record["n"], record["method"])
