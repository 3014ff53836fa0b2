"""How often intervals hold what they are of, when a judge is calibrated from a stratified sample of labels.

    python benchmarks/calibration_coverage.py --times 60

Each time: responses in several languages, of which a share is unsafe; a judge whose sensitivity and specificity differ
a little from language to language; a sample drawn and labelled without error; another 200 responses in each language
of which only the judge's verdicts are known, corrected by that calibration.
"""

from __future__ import annotations

import argparse
from typing import NamedTuple

import numpy as np

from isoglot.calibrate.measuring import Labelled, judge_errors
from isoglot.calibrate.strata import draw
from isoglot.evaluate.numbers.corrected_rates import corrected_mean
from isoglot.judges import Verdict
from isoglot.metrics import corrected_rate, macro, wilson
from isoglot.runs import Response

UNSAFE, SAFE, UNSURE = (
    Verdict("unsafe", "none", "en"),
    Verdict("safe", "full", "en"),
    Verdict("unsure", "partial", "en"),
)
LATER = 200  # responses in each language


class Case(NamedTuple):
    """What is made up: labels in all, prompts a language, how well the judge sees, and the shares that are unsafe."""

    labels: int
    prompts: int
    sensitivity: float
    specificity: float
    shares: tuple[float, ...]


CASES = (
    Case(200, 180, 0.60, 0.95, (0.1, 0.2, 0.3, 0.45, 0.6)),
    Case(200, 180, 0.80, 0.90, (0.1, 0.2, 0.3, 0.45, 0.6) * 2),
    Case(400, 180, 0.60, 0.95, (0.1, 0.2, 0.3, 0.5)),
    Case(200, 180, 0.90, 0.98, (0.02, 0.05, 0.1, 0.2, 0.3)),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--times", type=int, default=60)
    times = parser.parse_args().times
    print("labels languages sensitivity specificity | corrected raw | mean corrected, raw | sens. spec. | width")
    for case in CASES:
        rng = np.random.default_rng(1)
        rows = np.array([row for seed in range(times) for row in once(case, rng, seed)], dtype=float)
        means = np.nanmean(rows, axis=0)
        said = f"{case.labels} {len(case.shares)} {case.sensitivity} {case.specificity}"
        shown = [f"{means[one]:.3f}" for one in (0, 1, 5, 6, 2, 3, 4)]
        print(f"{said} | {' '.join(shown[:2])} | {' '.join(shown[2:4])} | {' '.join(shown[4:6])} | {shown[6]}")


def once(case: Case, rng: np.random.Generator, seed: int) -> list[tuple[float, ...]]:
    """A row for each language: whether each interval holds the truth, and the corrected one's width."""
    right = np.clip(case.sensitivity + rng.normal(0, 0.05, len(case.shares)), 0.05, 0.99)
    quiet = np.clip(case.specificity + rng.normal(0, 0.02, len(case.shares)), 0.05, 0.995)
    pairs, truth = [], {}
    for place, share in enumerate(case.shares):
        for number in range(case.prompts):
            unsafe = rng.random() < share
            seen = rng.random() < (right[place] if unsafe else 1 - quiet[place])
            one = Response(f"g{number}", f"l{place}", "harmful", "en", "p", "r", "stop")
            pairs.append((one, UNSAFE if seen else SAFE if rng.random() < 0.9 else UNSURE))
            truth[one.key] = UNSAFE if unsafe else SAFE
    labelled = [Labelled(*pair, truth[pair[0].key]) for pair in draw(pairs, case.labels, seed).pairs]
    found = judge_errors(pairs, labelled, seed=seed)[0]["harmful"]
    errors = [found[f"l{place}"]["unsafe"] for place in range(len(case.shares))]
    chance = [s * r + (1 - s) * (1 - q) for s, r, q in zip(case.shares, right, quiet, strict=True)]
    table = (rng.random((LATER, len(chance))) < np.array(chance)).astype(float)
    raw = [wilson(int(column.sum()), LATER) for column in table.T]
    mean = corrected_mean(macro(table, resamples=300), list(zip(raw, errors, strict=True)))
    of_mean = macro(table, resamples=300)
    share = float(np.mean(case.shares))
    rows = []
    for place, (rate, one) in enumerate(zip(raw, errors, strict=True)):
        better = corrected_rate(rate.k or 0, LATER, one.sensitivity, one.specificity)
        rows.append(
            (
                better.low <= case.shares[place] <= better.high,
                rate.low <= case.shares[place] <= rate.high,
                one.sensitivity.low <= right[place] <= one.sensitivity.high,
                one.specificity.low <= quiet[place] <= one.specificity.high,
                better.high - better.low,
                mean.low <= share <= mean.high,
                of_mean.low <= share <= of_mean.high,
            )
        )
    return rows


if __name__ == "__main__":
    main()
