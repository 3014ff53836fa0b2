"""How many of a sweep's 95 % intervals hold the truth, in a simulation: seeds, prompts and languages all vary.

python benchmarks/interval_coverage.py
"""

from __future__ import annotations

import numpy as np
from scipy.stats import norm

from isoglot.metrics.seeds import interval, interval_of_worst, rates, resample, resampled_rates, statistic

SPREAD = 0.03  # how much the rates of seeds differ
PROMPTS, RUNS, DRAWS = 48, 300, 400
TRUTHS = {  # a language's rate, over all seeds there could be
    "nine languages at 90 %": [0.9] * 9,
    "one at 60 %, eight at 90 %": [0.6] + [0.9] * 8,
    "60 to 95 % in even steps": [0.6 + 0.35 * place / 8 for place in range(9)],
}


def outcomes(truth: np.ndarray, hardness: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """(prompts, languages) of 0 and 1: prompts differ in how hard they are, in all languages at once."""
    found = 0.6 * hardness + 0.8 * rng.normal(size=(PROMPTS, len(truth)))
    return (found < norm.ppf(truth)).astype(float)


def main() -> None:
    """Prints how many intervals of the mean and of the worst language hold the truth."""
    rng = np.random.default_rng(1)
    for name, truth in TRUTHS.items():
        for seeds in (1, 3, 5):
            held = np.zeros(3)
            for run in range(RUNS):
                shift = rng.normal(0, SPREAD, size=(seeds, 1)) if seeds > 1 else np.zeros((1, 1))
                hardness = rng.normal(size=(PROMPTS, 1))  # all seeds are tested on the same prompts
                tables = [outcomes(of, hardness, rng) for of in np.clip(np.array(truth) + shift, 0, 1)]
                drawn = resampled_rates(tables, resample([PROMPTS] * seeds, shared=True, draws=DRAWS, seed=run))
                found = rates(tables)
                values = {key: float(statistic(found, key, high_is_good=True)[0]) for key in ("mean", "worst")}
                draws = {key: statistic(drawn, key, high_is_good=True) for key in values}
                worst = interval_of_worst(drawn, found, values["worst"], prompts=PROMPTS, high_is_good=True)
                ends = [interval(draws[key], values[key], seeds=seeds, prompts=PROMPTS) for key in values] + [worst]
                truths = (np.mean(truth), min(truth), min(truth))
                held += [low <= true <= high for (low, high), true in zip(ends, truths, strict=True)]
            mean, plain, worst = 100 * held / RUNS
            print(
                f"{name}, {seeds} seeds: mean {mean:.0f} %, worst {worst:.0f} % "
                f"(by the draws alone {plain:.0f} %) of {RUNS} intervals hold the truth"
            )


if __name__ == "__main__":
    main()
