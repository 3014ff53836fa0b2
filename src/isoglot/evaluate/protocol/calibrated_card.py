"""What the protocol card says of a judge's calibration: by which labels, and how often they find the judge right."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ...pages.words import NBSP, between, decimal, percent
from ...runs.calibration import JudgeErrors, labels_in_words
from ...runs.card import Fact, Unknown

_SAID = ("unsafe", "refused")  # measures; the file of the calibration has all, and by language


def calibration_fact(found: Any, judge: str) -> Fact:
    """The field of the card.

    Args:
        found: what a protocol says under ``judge_calibration``; None: nothing.
        judge: the judge's name.
    """
    if isinstance(found, Mapping) and found.get("labels") and not corrects(found):
        said = f"{found.get('file', 'A file')} does not show how often the judge is right"
        return Unknown(
            unknown=f"{said}: label responses on which its verdicts differ, or say it: --info {judge}.calibration=..."
        )
    if isinstance(found, Mapping) and found.get("labels"):
        origin = f"by {labels_in_words(found)} ({found.get('file', 'a file')}, hash {found.get('hash', '?')})"
        return "; ".join([origin, *_errors(found.get("errors"))])
    step = "Label some responses and calibrate (isoglot label, isoglot calibrate), or say it"
    return Unknown(unknown=f"{step}: --info {judge}.calibration=...")


def corrects(found: Mapping[str, Any]) -> bool:
    """Whether labels can correct some rate: not where the judge has said the same of all responses of each kind.

    Args:
        found: what a protocol says under ``judge_calibration``; those of earlier versions have no errors.
    """
    kinds = found.get("errors")
    if not isinstance(kinds, Mapping) or not kinds:
        return True
    every = [one for measures in kinds.values() if isinstance(measures, Mapping) for one in measures.values()]
    return any(_readable(one).can_correct for one in every)


def _errors(kinds: Any) -> Iterator[str]:
    """``harmful prompts, unsafe: sensitivity 59 % (49–68 %), ...``, over all languages together."""
    for kind, measures in kinds.items() if isinstance(kinds, Mapping) else ():
        for name in _SAID:
            one = _readable(measures.get(name) if isinstance(measures, Mapping) else None)
            said = [
                f"{what} {percent(share.value)} ({between(share.low, share.high)})"
                for what, share in (("sensitivity", one.sensitivity), ("specificity", one.specificity))
                if share.value == share.value  # no NaN
            ]
            if said and one.kappa.value == one.kappa.value:
                said.append(f"kappa {decimal(one.kappa.value)} ({decimal(one.kappa.low)}–{decimal(one.kappa.high)})")
            if said:
                yield f"{kind} prompts, {name}: {', '.join(said)}".replace(NBSP, " ")


def _readable(found: Any) -> JudgeErrors:
    """The numbers of a protocol, which a person may have edited; unknown where they are none."""
    try:
        return JudgeErrors.model_validate(found or {})
    except ValueError:
        return JudgeErrors()
