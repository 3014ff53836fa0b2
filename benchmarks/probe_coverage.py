"""How many of a probe's 95 % intervals hold the truth, in a simulation whose lines are known.

python benchmarks/probe_coverage.py [--samples 500]

Prompts are normal around the mean of their kind; what the other language shares with the pivot is a part of what tells
the kinds apart there. The truth is what infinitely many prompts would show along the lines that were drawn.
"""

from __future__ import annotations

import argparse

import numpy as np
import torch
from scipy.stats import norm
from torch import Tensor

from isoglot.probe.estimates import by_language
from isoglot.probe.layer import Cells, look_at_layer

MEASURES = ("separability", "transfer", "gap", "shift")
COMMON = 0.5  # of a prompt's variance, shared by its translations
SETTINGS = (  # prompts of a kind, dimensions, distance of the kinds in the pivot, share of it in the other language
    *((each, 64, distance, shared) for each in (20, 64) for distance, shared in ((0.0, 1.0), (2.5, 0.5), (4.0, 1.0))),
    *((each, 512, 4.0, 0.5) for each in (20, 64)),
)


def sample(each: int, size: int, distance: float, shared: float) -> tuple[Tensor, Tensor]:
    """States, (groups, 2 languages, size), and which groups are harmful."""
    harmful = torch.arange(2 * each) < each
    sign = torch.where(harmful, 1.0, -1.0).view(-1, 1)
    apart, common = torch.zeros(size), COMMON**0.5 * torch.randn(2 * each, size)
    apart[0] = distance / 2
    own = (1 - COMMON) ** 0.5 * torch.randn(2, 2 * each, size)
    return torch.stack([sign * apart + common + own[0], sign * apart * shared + common + own[1]], dim=1), harmful


def truth_of(states: Tensor, harmful: Tensor, distance: float, shared: float) -> np.ndarray:
    """(2 languages, measures): means over the lines that folds have drawn, each kind dealt out one by one to five."""
    ranks = torch.cat([torch.arange(int(kind.sum())) for kind in (harmful, ~harmful)])
    found = []
    for fold in range(5):
        others = ranks % 5 != fold
        ends = [states[others & kind, 0].mean(0) for kind in (harmful, ~harmful)]
        line, middle = ends[0] - ends[1], (ends[0] + ends[1]) / 2
        length, off = line.norm().item(), (middle @ line / line.norm()).item()
        for part in (1.0, shared):
            along = (line[0] / length).item() * part * distance / 2
            right = (norm.cdf(along - off) + norm.cdf(along + off)) / 2
            found.append((norm.cdf(2**0.5 * along), right, 2 * along / length, -off / length))
    return np.array(found).reshape(-1, 2, len(MEASURES)).mean(0)


def main() -> None:
    """Prints the share of intervals that hold the truth, in the pivot and in another language."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--samples", type=int, default=500)
    samples = parser.parse_args().samples
    torch.manual_seed(0)
    print("prompts of a kind | dimensions | distance | shared | language |", " | ".join(MEASURES))
    for setting in SETTINGS:
        held = np.zeros((2, len(MEASURES)))
        for _ in range(samples):
            states, harmful = sample(*setting)
            cells = Cells.of(torch.ones(len(harmful), 2, dtype=torch.bool), ["en", "xx"], 0, harmful.long())
            found = by_language(look_at_layer(1, states, cells, "raw"), cells)
            ends = np.array([[found[tag][name][1:3] for name in MEASURES] for tag in cells.languages])
            truth = truth_of(states, harmful, *setting[2:])
            held += (ends[..., 0] <= truth) & (truth <= ends[..., 1])
        for tag, shares in zip(("pivot", "another"), held / samples, strict=True):
            print(" | ".join([*map(str, setting), tag, *(f"{share:.2f}" for share in shares)]), flush=True)


if __name__ == "__main__":
    main()
