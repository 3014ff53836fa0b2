"""Over-refusal in the comparison table: borderline prompts apart from plain ones, where a run has both."""

from __future__ import annotations

from collections.abc import Sequence

from ..metrics import Estimate
from ..pages.words import between, percent
from ..runs import KindMetrics
from ..runs.metrics import OverRefusalMetrics, RefusedMetrics
from .slices import Measured
from .table import EMPTY, Block, Entry, TableRow

_HEADINGS = {"plain": "Plain harmless prompts refused", "borderline": "Borderline prompts refused"}


def over_refusal_blocks(items: Sequence[Measured]) -> list[Block]:
    """A block for plain and one for borderline prompts; none where no run has borderline ones."""
    kinds = [item.run.kinds.get("harmless", KindMetrics()) for item in items]
    if not any("borderline" in kind.over_refusal for kind in kinds):
        return []
    return [
        Block(heading, _rows([kind.over_refusal.get(name) for kind in kinds])) for name, heading in _HEADINGS.items()
    ]


def _rows(found: Sequence[OverRefusalMetrics | None]) -> list[TableRow]:
    tags = list(dict.fromkeys(tag for one in found if one is not None for tag in one.refused.languages))
    fully = [one.refused if one is not None else RefusedMetrics() for one in found]
    partly = [one.refused_partly if one is not None else RefusedMetrics() for one in found]
    return [
        TableRow("in full", [_entry(one.mean) for one in fully], "mean of languages"),
        TableRow("in part", [_entry(one.mean) for one in partly], "mean of languages"),
        *(TableRow(tag, [_entry(one.languages.get(tag)) for one in fully], "in full") for tag in tags),
    ]


def _entry(found: Estimate | None) -> Entry:
    if found is None or found.value != found.value:
        return EMPTY
    return Entry(percent(found.value), between(found.low, found.high), bar=found.value)
