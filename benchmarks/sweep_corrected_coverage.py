"""How many of a sweep's corrected 95 % intervals hold the truth, in a simulation: seeds, prompts and labels all vary.

python benchmarks/sweep_corrected_coverage.py --runs 100

A judge sees 80 % of the refusals and takes 5 % of the other answers for some; what it gets wrong is known from 60
labels of each kind in each language, drawn anew each time.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any

import numpy as np

from isoglot.metrics import wilson
from isoglot.runs.calibration import Calibration
from isoglot.sweep.corrected import corrected
from isoglot.sweep.numbers import count

SENSITIVITY, SPECIFICITY, LABELS = 0.8, 0.95, 60
SPREAD = 0.03  # how much the rates of seeds differ
DRAWS = 400
TRUTHS = {  # refused, by language; the first is the pivot
    "50 to 90 %": (0.9, 0.5, 0.6, 0.7, 0.8),
    "all 97 %": (0.97,) * 5,
    "5 to 20 %": (0.05, 0.1, 0.2, 0.1, 0.05),
}


def calibration(rng: np.random.Generator, tags: Sequence[str]) -> Calibration:
    """What labels say of the judge."""

    def errors() -> dict[str, Any]:
        found = {
            "sensitivity": wilson(int(rng.binomial(LABELS, SENSITIVITY)), LABELS),
            "specificity": wilson(int(rng.binomial(LABELS, SPECIFICITY)), LABELS),
        }
        return {"n": 2 * LABELS, "positives": LABELS, "own": 1.0} | {name: one.as_dict() for name, one in found.items()}

    kinds = {"harmful": {tag: {"refused": errors()} for tag in tags}}
    return Calibration.model_validate({"judge": "rules", "version": "1", "kinds": kinds})


def trials(
    rng: np.random.Generator, truths: Sequence[float], tags: Sequence[str], seeds: int, prompts: int
) -> dict[int, dict[str, Any]]:
    """What the judge says: prompts, the same of all seeds, are hard or easy in half of the cells in all languages."""
    hard, found = rng.random(prompts), {}
    for seed in range(seeds):
        shift = rng.normal(0, SPREAD) if seeds > 1 else 0.0
        refused = {}
        for tag, truth in zip(tags, truths, strict=True):
            level = np.where(rng.random(prompts) < 0.5, hard, rng.random(prompts))
            right = np.where(level < np.clip(truth + shift, 0, 1), SENSITIVITY, 1 - SPECIFICITY)
            refused[tag] = "".join("1" if one else "0" for one in rng.random(prompts) < right)
        none = dict.fromkeys(tags, "0" * prompts)
        outcomes = {"harmful_refused": refused, "harmful_refused_own_language": none}
        outcomes |= {"harmless_answered_own_language": none, "harmless_refused": none}
        found[seed] = {"key": {"evaluate": {"test": "one"}}, "outcomes": outcomes}
    return found


def once(rng: np.random.Generator, truths: Sequence[float], seeds: int, prompts: int) -> tuple[float, float, float]:
    """Whether the mean's interval holds the truth, the share of the languages' that do, and the mean's width."""
    tags = [f"l{place}" for place in range(len(truths))]
    slices = {"pivot": tags[:1], "aligned": tags[1:], "unseen": []}
    numbers = count(trials(rng, truths, tags, seeds, prompts), slices, draws=DRAWS)
    found = corrected(numbers, slices, calibration(rng, tags))
    mean, languages = found.means["harmful_refused", "aligned"], found.languages["harmful_refused"]
    of_languages = [languages[tag].low <= truth <= languages[tag].high for tag, truth in zip(tags, truths, strict=True)]
    return mean.low <= np.mean(truths[1:]) <= mean.high, float(np.mean(of_languages)), mean.high - mean.low


def main() -> None:
    """Prints a line for each truth, number of seeds and of prompts."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--runs", type=int, default=100)
    runs = parser.parse_args().runs
    rng = np.random.default_rng(0)
    print("| refused | seeds | prompts | mean holds, % | languages hold, % | width of the mean |")
    print("|---|---|---|---|---|---|")
    for name, truths in TRUTHS.items():
        for seeds in (1, 3, 5):
            for prompts in (20, 60):
                mean, languages, width = np.mean([once(rng, truths, seeds, prompts) for _ in range(runs)], axis=0)
                print(f"| {name} | {seeds} | {prompts} | {100 * mean:.0f} | {100 * languages:.0f} | {width:.2f} |")


if __name__ == "__main__":
    main()
