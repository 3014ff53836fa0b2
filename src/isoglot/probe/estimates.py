"""A layer's measures by language, each with its interval over prompts."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ..metrics import Estimate, wilson
from ..metrics.bootstrap import percentiles
from ..metrics.estimate import BOOTSTRAP
from ..metrics.two_kinds import area_under_curve, mean_of_shares
from .choice import CONFIDENCE
from .layer import Cells, Looked

Estimates = Mapping[str, Estimate]


def by_language(looked: Looked, cells: Cells) -> dict[str, Estimates]:
    """Language -> measure -> estimate; the pivot's too, which has no translation to find.

    The line is held as it is: what other prompts would have drawn is not in the intervals.

    Args:
        looked: one layer.
        cells: whose states were looked at.
    """
    harmful = (cells.kinds == 1).numpy()
    made: dict[str, Estimates] = {}
    for place, tag in enumerate(cells.languages):
        by = {} if place == cells.pivot else {"retrieval": _found(looked.hits[:, place])}
        if looked.apart is not None:
            by |= _apart(looked, place, harmful)
        made[tag] = by
    return made


def _found(hits: np.ndarray) -> Estimate:
    known = hits[~np.isnan(hits)]
    return wilson(int(known.sum()), len(known))


def _apart(looked: Looked, place: int, harmful: np.ndarray) -> dict[str, Estimate]:
    assert looked.apart is not None
    places = looked.places[:, place]
    there = ~np.isnan(places)
    high, low = places[there & harmful], places[there & ~harmful]
    right = [(int((side > 0).sum()), len(side)) for side in (high, -low)]
    made = {
        "separability": area_under_curve(float(looked.apart.separability[0, place]), len(high), len(low)),
        "transfer": mean_of_shares(right[0], right[1]),
    }
    for name in ("gap", "shift"):
        values = getattr(looked.apart, name)[:, place]
        ends = percentiles(values[1:], CONFIDENCE)
        made[name] = Estimate(float(values[0]), *ends, len(high) + len(low), BOOTSTRAP)
    return made
