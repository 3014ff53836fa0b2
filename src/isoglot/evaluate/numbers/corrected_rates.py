"""Rates corrected for the judge's errors: of one language, and the mean of several."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import NormalDist

import numpy as np

from ...metrics import Estimate, corrected_rate
from ...metrics.corrected import CORRECTED, corrected_value
from ...metrics.estimate import UNKNOWN, WILSON
from ...runs.calibration import JudgeErrors

_Z = NormalDist().inv_cdf(0.975)
_DRAWS = 4000  # of rates and of the judge's errors
_NARROWEST = 1e-6  # interval of a rate: a file may have one without width


def corrected_by(rate: Estimate, errors: JudgeErrors) -> Estimate:
    """One language's rate, corrected; NaN where there is no rate or no label.

    Of several samples of one prompt, and of a rate that is no count but a mean over samples or seeds, the interval is
    of as many responses as the raw rate's says they are worth.
    """
    value = corrected_value(rate.value, errors.sensitivity.value, errors.specificity.value)
    if math.isnan(value):
        return UNKNOWN._replace(n=rate.n, method=CORRECTED)
    worth = _worth(rate)
    ends = []
    if rate.k is not None:
        ends.append(corrected_rate(rate.k, rate.n, errors.sensitivity, errors.specificity))
        if worth >= rate.n:
            return ends[0]
    ends.append(corrected_rate(round(rate.value * worth), worth, errors.sensitivity, errors.specificity))
    low, high = min(value, *(one.low for one in ends)), max(value, *(one.high for one in ends))
    return Estimate(value, low, high, rate.n, CORRECTED)


def _worth(rate: Estimate) -> int:
    """How many independent responses give an interval as wide as a rate's; of one answer to each prompt all of them."""
    if math.isnan(rate.low) or not rate.n:
        return rate.n
    if 0 < rate.value < 1:
        spread = max(_spread(rate), _NARROWEST)
        return rate.n if rate.method == WILSON else max(1, round(rate.value * (1 - rate.value) / spread**2))
    end = max(rate.high - rate.low, _NARROWEST)  # Wilson's at 0 and at 1: z^2 / (n + z^2)
    return max(1, round(_Z**2 * (1 / end - 1)))


def corrected_mean(mean: Estimate, languages: Sequence[tuple[Estimate, JudgeErrors]]) -> Estimate:
    """The mean of several languages' corrected rates.

    The interval has two parts, added as squares. That of the responses is the raw mean's (prompts drawn, each in all
    its languages), wider by what correction stretches it. Of that of the judge, what is of a language's own labels is
    another error in each language, and what is of the labels of the others is the same error in all. It reaches as far
    as draws of all of these do, among which are judges no better than chance: of such a language nothing is known.

    Args:
        mean: the raw mean of the languages' rates, with its interval.
        languages: raw rate and the judge's errors, of each.

    Returns:
        NaN where a language has no corrected rate.
    """
    found = [corrected_by(rate, errors).value for rate, errors in languages]
    value = sum(found) / len(found) if found else math.nan
    if math.isnan(value) or math.isnan(mean.low):
        return UNKNOWN._replace(value=value, n=mean.n, method=CORRECTED)
    better = [errors.sensitivity.value + errors.specificity.value - 1 for _, errors in languages]
    stretch = math.sqrt(sum(1 / one**2 for one in better) / len(better))
    of_judge = [
        math.hypot(rate * _spread(errors.sensitivity), (1 - rate) * _spread(errors.specificity)) / more
        for rate, (_, errors), more in zip(found, languages, better, strict=True)
    ]
    own = [min(1.0, max(0.0, errors.own)) for _, errors in languages]
    apart = math.sqrt(sum(part * spread**2 for part, spread in zip(own, of_judge, strict=True)))
    together = sum(math.sqrt(1 - part) * spread for part, spread in zip(own, of_judge, strict=True))
    half = math.hypot(stretch * (mean.high - mean.low) / 2, _Z * math.hypot(apart, together) / len(found))
    low, high = _ends_of_draws(mean, languages)
    return Estimate(value, max(0.0, min(value - half, low)), min(1.0, max(value + half, high)), mean.n, CORRECTED)


def _ends_of_draws(mean: Estimate, languages: Sequence[tuple[Estimate, JudgeErrors]]) -> tuple[float, float]:
    """The middle 95 % of corrected means, the raw mean and each language's judge being drawn as their intervals say.

    A drawn judge that is no better than chance leaves its language's rate open, which counts as 0 below and as 1 above.
    """
    rng = np.random.default_rng(0)
    of_responses, *shared = rng.normal(size=(3, _DRAWS))
    moved = _drawn(mean, of_responses) - mean.value
    lows, highs = np.zeros(_DRAWS), np.zeros(_DRAWS)
    for rate, errors in languages:
        part = min(1.0, max(0.0, errors.own))
        alone = rng.normal(size=(2, _DRAWS))
        of_judge = [
            math.sqrt(1 - part) * common + math.sqrt(part) * own for common, own in zip(shared, alone, strict=True)
        ]
        sensitivity, specificity = _drawn(errors.sensitivity, of_judge[0]), _drawn(errors.specificity, of_judge[1])
        better = sensitivity + specificity - 1
        seen = np.clip(rate.value + moved, 0.0, 1.0)
        corrected = np.clip((seen + specificity - 1) / np.where(better > 0, better, 1.0), 0.0, 1.0)
        lows += np.where(better > 0, corrected, 0.0)
        highs += np.where(better > 0, corrected, 1.0)
    return float(np.quantile(lows, 0.025)) / len(languages), float(np.quantile(highs, 0.975)) / len(languages)


def _drawn(share: Estimate, normal: np.ndarray) -> np.ndarray:
    """A share's draws: each side of its value is as wide as that side of its interval."""
    side = np.where(normal < 0, share.value - share.low, share.high - share.value)
    return np.clip(share.value + normal * side / _Z, 0.0, 1.0)


def _spread(share: Estimate) -> float:
    """The standard deviation that an interval says."""
    return (share.high - share.low) / 2 / _Z
