"""What a run says of the term: metrics by their names in logs, means between log lines, facts to write down."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from ..consistency.term import ConsistencyTerm
from ..metrics import mean_of_known

PREFIX = "consistency/"


def named(metrics: Mapping[str, float], training: float | None) -> dict[str, float]:
    """Metrics under their names in logs.

    Args:
        metrics: of the term.
        training: tokens of the training's own in a step, from which follows the term's share; None: not known.
    """
    tokens = metrics.get("tokens")
    share = {} if not training or tokens is None else {"token_share": tokens / (tokens + training)}
    return {PREFIX + name: value for name, value in {**metrics, **share}.items()}


class Means:
    """Metrics of the steps since the last log line."""

    def __init__(self) -> None:
        self._values: dict[str, list[float]] = defaultdict(list)

    def add(self, metrics: Mapping[str, float]) -> None:
        """Keeps those of a step."""
        for name, value in metrics.items():
            self._values[name].append(value)

    def taken(self) -> dict[str, float]:
        """Their means, and begins anew. What is not a number does not count."""
        means = {name: mean_of_known(values) for name, values in self._values.items()}
        self._values.clear()
        return {name: value for name, value in means.items() if value == value}


def facts(term: ConsistencyTerm) -> dict[str, Any]:
    """What a run should write down: where the objective looks and whether there is anything to pull, and the cost.

    Returns:
        Plain values. ``layers`` (from 1) and ``space``; ``outlook``: mean cosines before training of prompts with
        their own translations, with those of others, and by language how far the two differ, or None; ``compared``
        and ``guarded``: groups and languages that a step draws (None: as many as without a budget) and whether pivots
        are among them in any case. ``tokens`` are the term's on average in a step on which it is applied,
        ``training_tokens`` the training's own and ``share`` what the former are of both, None where they are not known.
    """
    limits, outlook = term.prompts.limits, term.outlook
    return {
        "layers": list(term.layers),
        "space": term.consistency.space,
        "outlook": None if outlook is None else {**outlook._asdict(), "by_language": dict(outlook.by_language)},
        "compared": limits.compared._asdict(),
        "guarded": limits.guarded._asdict(),
        "tokens": round(limits.tokens, 1),
        "training_tokens": None if limits.training is None else round(limits.training, 1),
        "share": None if limits.share is None else round(limits.share, 4),
    }
