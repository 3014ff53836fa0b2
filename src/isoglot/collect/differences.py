"""Two runs on the same prompts: how much one is above the other, which two intervals side by side do not say."""

from __future__ import annotations

from collections.abc import Sequence

from ..measures import ALL, outcome_table
from ..metrics import Estimate, paired_difference
from ..metrics.estimate import UNKNOWN
from .run import Run

_PROTOCOL = {"prompts_hash": "prompts", "judge": "judge", "judge_version": "judge version", "decoding": "decoding"}


def difference(run: Run, other: Run, kind: str, name: str, tags: Sequence[str]) -> Estimate:
    """How much higher a measure's mean over languages is in one run than in another.

    Args:
        run, other: whose responses are compared.
        kind: of the prompts.
        name: of the measure.
        tags: languages.

    Returns:
        The difference over the prompts that both have, with a bootstrap interval over these; NaN without the responses,
        and where the runs were not evaluated alike.
    """
    tables = [one.judged.get(kind, []) for one in (run, other)]
    groups = {cell.group for cell, _ in tables[0]} & {cell.group for cell, _ in tables[1]}
    if not groups or not tags or differing([run, other]):
        return UNKNOWN
    shared = [group for group in dict.fromkeys(cell.group for cell, _ in tables[0]) if group in groups]
    first, second = (outcome_table(judged, ALL[name], tags, shared) for judged in tables)
    return paired_difference(first, second)


def differing(runs: Sequence[Run]) -> list[str]:
    """In what runs were not evaluated alike, as far as they say: prompts, judge, its version, decoding."""
    known = [run.protocol for run in runs if run.protocol]
    return [text for key, text in _PROTOCOL.items() if len({_plain(protocol.get(key)) for protocol in known}) > 1]


def _plain(value: object) -> str:
    if isinstance(value, dict):  # how many at a time is no part of what is decoded
        value = sorted((str(key), str(item)) for key, item in value.items() if key != "batch_size")
    return str(value)
