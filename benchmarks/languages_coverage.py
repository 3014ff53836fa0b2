"""How many 95 % intervals of how far languages are apart, and of agreement, hold the truth in a simulation, as a table.

    python benchmarks/languages_coverage.py --runs 400

Prompts are clusters over languages, languages are of unequal size and have gaps. The truth of a coefficient of
agreement is its value on 200,000 prompts.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from coverage import held, table, with_gaps

from isoglot.metrics import (
    Estimate,
    cluster_bootstrap,
    cohen_kappa,
    cohen_kappa_estimate,
    fleiss_kappa,
    fleiss_kappa_estimate,
    gwet_ac1,
    gwet_ac1_estimate,
    krippendorff_alpha,
    krippendorff_alpha_estimate,
    language_gap,
    language_variance,
    lowest_rate,
    variance_over_languages,
)

SIZES = (20, 60, 180)
MANY = 200_000  # prompts that show the truth
RATES = {  # of the languages
    "10 at 97 %": [0.97] * 10,
    "3 at 99 %": [0.99] * 3,
    "10 at 2 %": [0.02] * 10,
    "10 at 50 %": [0.5] * 10,
    "5 at 99, 5 at 93 %": [0.99] * 5 + [0.93] * 5,
    "1 at 60, 9 at 97 %": [0.6] + [0.97] * 9,
    "2 at 90, 99 %": [0.9, 0.99],
    "8 from 5 to 99 %": [0.99, 0.95, 0.9, 0.8, 0.5, 0.3, 0.1, 0.05],
}
Row = tuple[str, str, int, list[Estimate], float]


def _rates(outcomes: Any) -> np.ndarray:
    known = ~np.isnan(np.asarray(outcomes))
    count = known.sum(0)
    made: np.ndarray = np.where(known, outcomes, 0).sum(0)[count > 0] / count[count > 0]
    return made


STATISTICS: dict[str, tuple[Callable[..., Estimate], Callable[[Any], float]]] = {
    "lowest_rate": (lowest_rate, lambda outcomes: float(_rates(outcomes).min())),
    "language_gap": (language_gap, lambda outcomes: float(np.ptp(_rates(outcomes)))),
    "variance_over_languages": (variance_over_languages, lambda outcomes: language_variance(_rates(outcomes).tolist())),
}


def apart(rng: np.random.Generator, runs: int, *, bootstrap: bool) -> Iterator[Row]:
    """How far languages are apart, of one answer to each prompt; and, where asked for, bootstraps of the same."""
    for n in SIZES:
        for name, rates in RATES.items():
            truths = [min(rates), max(rates) - min(rates), language_variance(rates)]
            for alike in (0.1, 0.9):
                drawn = [with_gaps(rng, table(rng, rates, n, rng.normal(size=(n, 1)), alike)) for _ in range(runs)]
                said = f"{name}, prompts alike {alike}"
                for (form, (interval, value)), truth in zip(STATISTICS.items(), truths, strict=True):
                    yield form, said, n, [interval(one) for one in drawn], truth
                    if bootstrap:
                        plain = [cluster_bootstrap(list(one), value, resamples=200) for one in drawn[: runs // 4]]
                        yield f"{form}, a bootstrap", said, n, plain, truth


def several(rng: np.random.Generator, runs: int) -> Iterator[Row]:
    """The same of four answers to each prompt, each prompt having a rate of its own."""
    for n in SIZES:
        for rates in ([0.97] * 5, [0.6, 0.9, 0.9, 0.97, 0.97]):
            drawn = []
            for _ in range(runs):
                own = np.stack([rng.beta(3 * rate, 3 * (1 - rate), n) for rate in rates], axis=1)
                drawn.append(with_gaps(rng, rng.binomial(4, own) / 4))
            truths = [min(rates), max(rates) - min(rates), language_variance(rates)]
            for (form, (interval, _)), truth in zip(STATISTICS.items(), truths, strict=True):
                said = ", ".join(f"{rate:.0%}" for rate in rates)
                yield f"{form}, 4 answers", said, n, [interval(one) for one in drawn], truth


def agreement(rng: np.random.Generator, runs: int) -> Iterator[Row]:
    """Agreement of languages."""
    for name, rates in RATES.items():
        for alike in (0.1, 0.9):
            many = _ratings(with_gaps(rng, table(rng, rates, MANY, rng.normal(size=(MANY, 1)), alike)))
            truths = fleiss_kappa(many), gwet_ac1(many)
            for n in SIZES:
                drawn = [
                    _ratings(with_gaps(rng, table(rng, rates, n, rng.normal(size=(n, 1)), alike))) for _ in range(runs)
                ]
                for interval, truth in zip((fleiss_kappa_estimate, gwet_ac1_estimate), truths, strict=True):
                    found = [interval(one) for one in drawn]
                    yield interval.__name__, f"{name}, prompts alike {alike}", n, found, truth


def judges(rng: np.random.Generator, runs: int) -> Iterator[Row]:
    """Agreement of two and of three judges on answers to prompts in five languages, one in twenty of them failed on."""
    for unsafe, right in ((0.5, 0.9), (0.1, 0.9), (0.1, 0.99), (0.03, 0.97)):
        many = _judged(rng, MANY // 10, unsafe, right)
        both = [row[:2] for row in many if None not in row[:2]]
        alpha, kappa = krippendorff_alpha(many), cohen_kappa(*zip(*both, strict=True))
        said = f"{unsafe:.0%} unsafe, judges right on {right:.0%}"
        for n in SIZES:
            of = [prompt for prompt in range(n) for _ in range(5)]
            drawn = [_judged(rng, n, unsafe, right) for _ in range(runs)]
            found = [krippendorff_alpha_estimate(rows, clusters=of) for rows in drawn]
            yield "krippendorff_alpha_estimate, 5 languages", said, n, found, alpha
            pairs = [cohen_kappa_estimate(*list(zip(*rows, strict=True))[:2], clusters=of) for rows in drawn]
            yield "cohen_kappa_estimate, 5 languages", said, n, pairs, kappa
            alone = [cohen_kappa_estimate(*list(zip(*rows[::5], strict=True))[:2]) for rows in drawn]
            yield "cohen_kappa_estimate, 1 language", said, n, alone, kappa


def _ratings(outcomes: np.ndarray) -> list[list[float | None]]:
    return [[None if math.isnan(cell) else cell for cell in row] for row in outcomes.tolist()]


def _judged(rng: np.random.Generator, prompts: int, unsafe: float, right: float) -> list[list[Any]]:
    """A row an answer, three judges: answers to one prompt are alike, and judges err alike on answers to it."""
    truth = table(rng, [unsafe] * 5, prompts, rng.normal(size=(prompts, 1)), 0.6).reshape(-1, 1)
    errs = 1 - table(rng, [right] * 15, prompts, rng.normal(size=(prompts, 1)), 0.3).reshape(-1, 3)
    failed = rng.random(errs.shape) < 0.05
    return _ratings(np.where(failed, np.nan, np.abs(truth - errs)))


def _line(name: str, said: str, n: int, found: Sequence[Estimate], truth: float) -> str:
    known = [one for one in found if not math.isnan(one.low)]
    if not known:
        return f"| {name} | {said} | {n} | {truth:.2f} | – | – | 0 |"
    share = 100 * np.mean([held(one, truth) for one in known])
    width = np.mean([one.high - one.low for one in known])
    return f"| {name} | {said} | {n} | {truth:.2f} | {share:.1f} | {width:.2f} | {len(known)} |"


def main() -> None:
    """Prints a line for each interval, truth and number of prompts."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--runs", type=int, default=400)
    parser.add_argument("--bootstrap", action="store_true", help="bootstraps of a quarter of the runs, too")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    print("| interval | of | n | truth | hold it, % | width | of so many |\n|---|---|---|---|---|---|---|")
    rng = np.random.default_rng(options.seed)
    parts = (
        apart(rng, options.runs, bootstrap=options.bootstrap),
        several(rng, options.runs),
        agreement(rng, options.runs),
        judges(rng, options.runs),
    )
    for part in parts:
        for row in part:
            print(_line(*row), flush=True)


if __name__ == "__main__":
    main()
