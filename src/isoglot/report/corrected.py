"""What the page says of rates corrected for the judge's errors: always next to the raw ones."""

from __future__ import annotations

from collections.abc import Sequence

from ..evaluate.numbers.corrected import rates
from ..evaluate.numbers.corrected_rates import corrected_by, corrected_mean
from ..metrics import Estimate
from ..metrics.estimate import UNKNOWN
from ..runs.calibration import labels_in_words
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


def labels_of_others(items: Sequence[Measured]) -> list[str]:
    """Runs whose rates are corrected by labels of another model's responses."""
    found = []
    for run in (item.run for item in items):
        if run.calibration is not None and (origin := run.calibration.origin(run.protocol)).get("another_model"):
            said = labels_in_words({"labels": run.calibration.n, **origin})
            found.append(
                f"Rates of {run.name} are corrected by {said}. A judge may err otherwise on another kind of model: "
                "label some of its own responses."
            )
    return found
