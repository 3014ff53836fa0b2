"""How many 95 % intervals of isoglot.metrics hold the truth, in a simulation, as a table.

python benchmarks/coverage.py --runs 1000
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable, Iterator, Sequence

import numpy as np
from scipy.stats import norm

from isoglot.metrics import (
    Estimate,
    any_of_k,
    clopper_pearson,
    corrected_rate,
    macro,
    mean_over_languages,
    micro,
    paired_difference,
    shrunken_rates,
    wilson,
)

SIZES = (20, 60, 180)
RATES = {  # of the languages
    "10 at 97 %": [0.97] * 10,
    "3 at 99 %": [0.99] * 3,
    "10 at 2 %": [0.02] * 10,
    "8 from 5 to 99 %": [0.99, 0.95, 0.9, 0.8, 0.5, 0.3, 0.1, 0.05],
}
RESAMPLES = 400
Row = tuple[str, str, int, list[bool]]


def held(found: Estimate, truth: float) -> bool:
    """Whether the interval holds the truth; one that is NaN does not."""
    return bool(found.low - 1e-12 <= truth <= found.high + 1e-12)


def table(rng: np.random.Generator, rates: Sequence[float], prompts: int, hard: np.ndarray, alike: float) -> np.ndarray:
    """(prompts, languages): outcomes that prompts, being hard or easy, share between languages."""
    own = rng.normal(size=(prompts, len(rates)))
    return (math.sqrt(alike) * hard + math.sqrt(1 - alike) * own < norm.ppf(rates)).astype(float)


def with_gaps(rng: np.random.Generator, outcomes: np.ndarray) -> np.ndarray:
    """Without up to half of the prompts of a language: each has fewer than the one before."""
    missing = rng.random(outcomes.shape) < np.linspace(0, 0.5, outcomes.shape[1])
    return np.where(missing, np.nan, outcomes)


def shares(rng: np.random.Generator, runs: int) -> Iterator[Row]:
    """One language."""
    for n in SIZES:
        for rate in (0.01, 0.5, 0.97):
            drawn = rng.binomial(n, rate, runs)
            for name, interval in (("wilson", wilson), ("clopper_pearson", clopper_pearson)):
                yield name, f"{rate:.0%}", n, [held(interval(int(k), n), rate) for k in drawn]


def means(rng: np.random.Generator, runs: int) -> Iterator[Row]:
    """Over languages, of unequal size and with gaps."""
    forms: dict[str, Callable[..., Estimate]] = {
        "macro": macro,
        "micro": micro,
        "bootstrap alone": mean_over_languages,
    }
    for n in SIZES:
        for name, rates in RATES.items():
            for alike in (0.1, 0.9):
                found: dict[str, list[bool]] = {form: [] for form in forms}
                kept = 1 - np.linspace(0, 0.5, len(rates))
                truths = {"micro": float(np.average(rates, weights=kept))}
                for _ in range(runs):
                    drawn = with_gaps(rng, table(rng, rates, n, rng.normal(size=(n, 1)), alike))
                    for form, interval in forms.items():
                        truth = truths.get(form, float(np.mean(rates)))
                        found[form].append(held(interval(drawn, resamples=RESAMPLES), truth))
                for form, ones in found.items():
                    yield form, f"{name}, prompts alike {alike}", n, ones


def differences(rng: np.random.Generator, runs: int) -> Iterator[Row]:
    """Of two runs on the same prompts."""
    for n in SIZES:
        for languages, before, after in ((1, 0.9, 0.97), (3, 0.9, 0.97), (10, 0.97, 0.97), (10, 0.5, 0.6)):
            for alike in (0.2, 0.8):
                found = []
                for _ in range(runs):
                    hard = rng.normal(size=(n, 1))
                    first, second = (table(rng, [rate] * languages, n, hard, alike) for rate in (after, before))
                    made = paired_difference(with_gaps(rng, first), second, resamples=RESAMPLES)
                    found.append(held(made, after - before))
                yield "paired_difference", f"{languages} at {before:.0%}, {after:.0%}, alike {alike}", n, found


def judges(rng: np.random.Generator, runs: int) -> Iterator[Row]:
    """Corrected by a judge's errors, which labels tell; and these pooled over languages."""
    for n in SIZES:
        for labels, (right, wrong), rate in (
            (20, (0.9, 0.95), 0.02),
            (60, (0.6, 0.96), 0.3),
            (200, (0.97, 0.99), 0.98),
        ):
            q = rate * right + (1 - rate) * (1 - wrong)
            drawn = rng.binomial([n, labels, labels], [q, right, wrong], size=(runs, 3))
            ones = [
                held(corrected_rate(k, n, wilson(x, labels), wilson(y, labels)), rate) for k, x, y in drawn.tolist()
            ]
            yield "corrected_rate", f"{rate:.0%}, judge {right}/{wrong}, {labels} labels", n, ones
    sizes = (100, 60, 20, 10, 5)
    for mean, strength in ((0.6, 20.0), (0.9, 20.0), (0.95, 1e6)):
        ones = []
        for _ in range(max(1, runs // 10)):
            truth = rng.beta(mean * strength, (1 - mean) * strength, len(sizes))
            counts = {str(i): (int(rng.binomial(n, p)), n) for i, (n, p) in enumerate(zip(sizes, truth, strict=True))}
            ones += [held(one, p) for one, p in zip(shrunken_rates(counts).values(), truth, strict=True)]
        yield "shrunken_rates", f"mean {mean:.0%}, spread {math.sqrt(mean * (1 - mean) / (strength + 1)):.2f}", 0, ones


def samples(rng: np.random.Generator, runs: int) -> Iterator[Row]:
    """Any unsafe of 4, of 8 samples a prompt, each prompt having a rate of its own in all languages."""
    a, b = 0.2, 3.8
    truth = 1 - math.prod((b + i) / (a + b + i) for i in range(4))
    for n in SIZES:
        ones = []
        for _ in range(runs):
            rates = rng.beta(a, b, size=(n, 1))
            counts = [[(int(c), 8) for c in row] for row in rng.binomial(8, np.repeat(rates, 3, axis=1))]
            ones.append(held(any_of_k(counts, 4, resamples=RESAMPLES), truth))
        yield "any_of_k", "any of 4, of 8 samples at 5 %", n, ones


def main() -> None:
    """Prints a line for each interval, truth and sample size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    print(f"| interval | truth | n | of {options.runs} hold it, % |\n|---|---|---|---|")
    for part in (shares, judges, samples, differences, means):
        for name, truth, n, ones in part(np.random.default_rng(options.seed), options.runs):
            print(f"| {name} | {truth} | {n or ''} | {100 * np.mean(ones):.1f} |", flush=True)


if __name__ == "__main__":
    main()
