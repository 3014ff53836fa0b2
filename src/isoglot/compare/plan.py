"""What differences so many prompts will show, before any of them is answered."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import harmonic_mean
from typing import Any

from ..extras import need
from ..groups import PromptGroup, PromptGroups
from ..groups.borderline import BORDERLINE, category_of, is_borderline
from ..groups.counts import UNKNOWN, counts
from ..metrics import smallest_detectable_difference
from ..metrics.power import BETWEEN_LANGUAGES, BETWEEN_RUNS, POWER

RATES = (0.5, 0.8, 0.95)


def detectable(groups: PromptGroups, rates: Sequence[float] = RATES) -> dict[str, Any]:
    """The smallest difference between two runs that these prompts show, by kind, language and rate of the first run.

    Args:
        groups: the prompts.
        rates: of the run that another is compared with.

    Returns:
        Plain values. ``kinds``: kind, or ``borderline`` -> ``languages`` (tag -> ``prompts`` and ``detectable``, one
        difference for each rate, NaN where none would show) and ``mean``, the same for the mean of languages, where
        ``prompts`` is the harmonic mean of the languages' counts. ``rates``, ``power`` and ``assumed``, two
        correlations, say what the differences are of: see :func:`~isoglot.metrics.smallest_detectable_difference`.
        Languages are tested with Holm's adjustment for their number.

    Raises:
        MissingLibraryError: without the libraries of the extra ``eval``.
    """
    need("eval", "evaluate --plan")
    kinds = {}
    for kind, chosen in _by_kind(groups).items():
        prompts = counts(PromptGroups(chosen))["languages"]
        usual = round(harmonic_mean(list(prompts.values())))
        by_count = {n: _differences(n, rates, tests=len(prompts)) for n in set(prompts.values())}
        kinds[kind] = {
            "languages": {tag: {"prompts": n, "detectable": by_count[n]} for tag, n in prompts.items()},
            "mean": {
                "prompts": usual,
                "languages": len(prompts),
                "detectable": _differences(usual, rates, languages=len(prompts)),
            },
        }
    assumed = {"between_runs": BETWEEN_RUNS, "between_languages": BETWEEN_LANGUAGES}
    return {"kinds": kinds, "rates": list(rates), "power": POWER, "assumed": assumed}


def _by_kind(groups: PromptGroups) -> dict[str, list[PromptGroup]]:
    """The groups of each kind that is compared; borderline ones are in the harmless kind and in their own."""
    found: dict[str, list[PromptGroup]] = {}
    for group in groups:
        found.setdefault(group.kind or UNKNOWN, []).append(group)
    borderline = [group for group in found.get("harmless", ()) if is_borderline(category_of(group))]
    return found | ({BORDERLINE: borderline} if borderline else {})


def _differences(prompts: int, rates: Sequence[float], *, languages: int = 1, tests: int = 1) -> list[float]:
    return [smallest_detectable_difference(prompts, rate=rate, languages=languages, tests=tests) for rate in rates]
