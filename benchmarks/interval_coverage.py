"""How many of a sweep's 95 % intervals hold the truth, in a simulation: seeds, prompts and languages all vary.

python benchmarks/interval_coverage.py
"""

from __future__ import annotations

import numpy as np
from scipy.stats import norm

from isoglot.sweep.bootstrap import interval, rates, resample, resampled_rates, statistic

TRUTH, SPREAD = 0.9, 0.03  # mean share over all seeds there could be, and how much these differ
PROMPTS, LANGUAGES, RUNS, DRAWS = 48, 9, 300, 400


def outcomes(share: float, rng: np.random.Generator) -> np.ndarray:
    """(prompts, languages) of 0 and 1: prompts differ in how hard they are, in all languages at once."""
    hardness = 0.6 * rng.normal(size=(PROMPTS, 1)) + 0.8 * rng.normal(size=(PROMPTS, LANGUAGES))
    return (hardness < norm.ppf(share)).astype(float)


def main() -> None:
    """Prints the share of intervals that hold the truth, for three and five seeds."""
    rng = np.random.default_rng(1)
    for seeds in (3, 5):
        held = 0
        for run in range(RUNS):
            tables = [outcomes(share, rng) for share in np.clip(rng.normal(TRUTH, SPREAD, size=seeds), 0, 1)]
            slots = resample([PROMPTS] * seeds, shared=False, draws=DRAWS, seed=run)
            draws = statistic(resampled_rates(tables, slots), "mean", high_is_good=True)
            value = float(statistic(rates(tables), "mean", high_is_good=True)[0])
            low, high = interval(draws, value, seeds=seeds)
            held += low <= TRUTH <= high
        print(f"{seeds} seeds: {100 * held / RUNS:.1f} % of {RUNS} intervals hold the truth")


if __name__ == "__main__":
    main()
