"""Rates corrected for a judge's errors, and rates of languages with few labels: by other means, and in simulations."""

from __future__ import annotations

import math

import numpy as np
import pytest

from isoglot.metrics import Estimate, corrected_rate, shrunken_rates, wilson
from isoglot.metrics.estimate import UNKNOWN


def test_the_correction_gives_back_the_true_rate():
    for rate, sensitivity, specificity in ((0.3, 0.59, 0.96), (0.02, 0.9, 0.9), (0.98, 0.97, 0.99)):
        seen = rate * sensitivity + (1 - rate) * (1 - specificity)
        n = 10**7
        judge = [wilson(round(share * n), n) for share in (sensitivity, specificity)]
        found = corrected_rate(round(seen * n), n, *judge)
        assert found.value == pytest.approx(rate, abs=1e-6)
        # With so many labels only the responses are uncertain: the delta method, without the judge.
        half = 1.96 * math.sqrt(seen * (1 - seen) / 18_000) / (sensitivity + specificity - 1)
        few = corrected_rate(round(seen * 18_000), 18_000, *judge)
        assert few.high - few.low == pytest.approx(2 * half, rel=0.02)


def test_labels_make_the_interval_wider_by_as_much_as_bootstrapping_them_does():
    rng = np.random.default_rng(0)
    k, n, (right, labels), (wrong, others) = 80, 300, (70, 100), (92, 100)
    q, sensitivity, specificity = (
        rng.binomial(of, hits / of, 20_000) / of for hits, of in ((k, n), (right, labels), (wrong, others))
    )
    low, high = np.quantile((q + specificity - 1) / (sensitivity + specificity - 1), [0.025, 0.975])
    found = corrected_rate(k, n, wilson(right, labels), wilson(wrong, others))
    assert (found.low, found.high) == pytest.approx((low, high), abs=0.02)
    known = corrected_rate(k, n, wilson(7000, 10_000), wilson(9200, 10_000))
    assert found.high - found.low > 1.3 * (known.high - known.low)


def test_a_judge_no_better_than_chance_says_nothing():
    for sensitivity, specificity in ((wilson(3, 10), wilson(7, 10)), (wilson(0, 0), wilson(9, 10)), (UNKNOWN, UNKNOWN)):
        found = corrected_rate(40, 100, sensitivity, specificity)
        assert all(map(math.isnan, found[:3])), found
        assert found.n == 100
    assert math.isnan(corrected_rate(0, 0, wilson(9, 10), wilson(9, 10)).value)
    weak = corrected_rate(40, 100, wilson(4, 7), wilson(4, 7))  # better, as far as fourteen labels show
    assert (weak.low, weak.high) == (0, 1)
    clipped = corrected_rate(0, 100, wilson(9, 10), wilson(9, 10))
    assert (clipped.value, clipped.low) == (0, 0)
    with pytest.raises(ValueError, match="k: expected"):
        corrected_rate(3, 2, wilson(9, 10), wilson(9, 10))


def test_corrected_intervals_hold_the_truth_at_small_samples_and_extreme_rates():
    rng, covered = np.random.default_rng(1), []
    for n, labels, rate in ((20, 20, 0.02), (60, 20, 0.5), (60, 60, 0.98), (180, 60, 0.02), (180, 200, 0.3)):
        sensitivity, specificity = 0.9, 0.95
        q = rate * sensitivity + (1 - rate) * (1 - specificity)
        draws = [rng.binomial(of, share, 500) for of, share in ((n, q), (labels, sensitivity), (labels, specificity))]
        ends = [
            corrected_rate(int(k), n, wilson(int(right), labels), wilson(int(wrong), labels))
            for k, right, wrong in zip(*draws, strict=True)
        ]
        covered.append(np.mean([found.low <= rate <= found.high for found in ends]))
    assert min(covered) > 0.93
    assert 0.94 < np.mean(covered) < 0.99


def by_drawing(counts, draws=150_000):
    """The same model by importance sampling: mean and 95 % interval of each language."""
    rng = np.random.default_rng(0)
    usual = np.median([n for _, n in counts if n])
    share = rng.uniform(usual / (usual + 3000), usual / (usual + 1), draws)  # what the usual language keeps of the mean
    strength, mean = usual * (1 - share) / share, rng.uniform(0.001, 0.999, draws)
    rates = [rng.beta(mean * strength, (1 - mean) * strength) for _ in counts]
    logs = sum(k * np.log(p + 1e-300) + (n - k) * np.log1p(-p + 1e-16) for p, (k, n) in zip(rates, counts, strict=True))
    weights = np.exp(logs - logs.max())
    weights /= weights.sum()
    found = []
    for p in rates:
        order = np.argsort(p)
        ends = np.interp([0.025, 0.975], np.cumsum(weights[order]), p[order])
        found.append((float(weights @ p), *map(float, ends)))
    return found


def test_shrunken_rates_are_the_posterior_of_the_model_that_they_name():
    counts = {"en": (17, 20), "zh": (7, 10), "sw": (1, 3), "ur": (0, 0)}
    found = shrunken_rates(counts)
    for tag, expected in zip(counts, by_drawing(list(counts.values())), strict=True):
        assert found[tag][:3] == pytest.approx(expected, abs=0.02), tag
    assert [one.n for one in found.values()] == [20, 10, 3, 0]


def test_few_trials_are_drawn_to_the_others_and_many_are_not():
    counts = {"en": (950, 1000), "zh": (930, 1000), "ru": (940, 1000), "sw": (2, 4), "ps": (100, 200)}
    found = shrunken_rates(counts)
    assert found["en"].value == pytest.approx(0.95, abs=0.01)
    assert found["ps"].value == pytest.approx(0.5, abs=0.05)
    assert 0.5 < found["sw"].value < 0.94
    assert found["sw"].high - found["sw"].low < wilson(2, 4).high - wilson(2, 4).low
    assert shrunken_rates({"sw": (5, 5)})["sw"].high == 1
    assert shrunken_rates({"sw": (0, 5), "ur": (5, 5)})["sw"].low == 0
    assert math.isnan(shrunken_rates({"sw": (0, 0)})["sw"].value)
    assert shrunken_rates({}) == {}
    with pytest.raises(ValueError, match=r"counts\['sw'\]: expected 0 to n = 2"):
        shrunken_rates({"sw": (3, 2)})


def test_shrunken_intervals_hold_the_truth_with_languages_of_unequal_size():
    rng, held = np.random.default_rng(2), []
    sizes = (60, 20, 20, 10, 5)
    for mean, strength in ((0.6, 20), (0.9, 20), (0.95, 1e6)):
        for _ in range(12):
            truth = rng.beta(mean * strength, (1 - mean) * strength, len(sizes))
            counts = {str(i): (int(rng.binomial(n, p)), n) for i, (n, p) in enumerate(zip(sizes, truth, strict=True))}
            found = shrunken_rates(counts).values()
            held += [one.low <= p <= one.high for one, p in zip(found, truth, strict=True)]
    assert 0.93 < np.mean(held) <= 0.985


def test_a_shrunken_judge_can_correct_a_rate():
    judge = shrunken_rates({"en": (90, 100), "sw": (4, 5)})
    exact = shrunken_rates({"en": (96, 100), "sw": (5, 5)})
    found = {tag: corrected_rate(60, 180, judge[tag], exact[tag]) for tag in judge}
    plain = corrected_rate(60, 180, wilson(90, 100), wilson(96, 100))
    assert found["en"][:3] == pytest.approx(plain[:3], abs=0.03)
    assert found["sw"].high - found["sw"].low > found["en"].high - found["en"].low
    assert isinstance(found["sw"], Estimate)
