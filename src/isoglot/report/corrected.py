"""What the page says of rates corrected for the judge's errors: always next to the raw ones."""

from __future__ import annotations

import math

from ..evaluate.corrected import corrected_by, corrected_mean, rates
from ..metrics import Estimate
from ..metrics.estimate import UNKNOWN
from ..pages.words import between, percent
from .slices import Measured


def of_slice(item: Measured, kind: str, name: str, part: str) -> Estimate:
    """A slice's rate, corrected; NaN unless each of its languages has labels."""
    calibration, numbers = item.run.calibration, item.run.kinds.get(kind)
    if calibration is None or numbers is None:
        return UNKNOWN
    tags = [tag for tag in item.slices.get(part, ()) if tag in numbers.languages]
    errors = {tag: calibration.of(kind, tag) for tag in tags}
    found = rates(numbers, errors, name, tags)
    if len(found) == 1:
        return corrected_by(*found[0])
    return corrected_mean(item.rate(kind, name, part).mean, found)


def of_language(item: Measured, kind: str, name: str, tag: str) -> Estimate:
    """One language's rate, corrected; NaN without labels."""
    calibration, numbers = item.run.calibration, item.run.kinds.get(kind)
    if calibration is None or numbers is None or tag not in numbers.languages:
        return UNKNOWN
    return corrected_by(*rates(numbers, {tag: calibration.of(kind, tag)}, name, [tag])[0])


def words(rate: Estimate) -> str:
    """``corrected 43 % (30–55 %)``; empty where there is none."""
    if math.isnan(rate.value):
        return ""
    inside = between(rate.low, rate.high)
    return f"corrected {percent(rate.value)}{f' ({inside})' if inside else ''}"
