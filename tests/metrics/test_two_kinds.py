"""Intervals of two kinds told apart: what they cover, of samples of a known truth, and their ends."""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np
import pytest

from isoglot.metrics.two_kinds import area_under_curve, mean_of_shares


def area(high, low):
    return float(np.mean((high[:, None] > low).astype(float) + (high[:, None] == low) / 2))


@pytest.mark.parametrize("count", [10, 20, 64])
@pytest.mark.parametrize("truth", [0.5, 0.75, 0.9, 0.98])
def test_the_area_lies_inside_as_often_as_it_says(count, truth):
    rng = np.random.default_rng(0)
    apart = NormalDist().inv_cdf(truth) * math.sqrt(2)
    inside = 0
    for _ in range(400):
        value = area(rng.normal(apart, 1, count), rng.normal(0, 1, count))
        found = area_under_curve(value, count, count)
        inside += found.low <= truth <= found.high
    assert inside / 400 >= 0.92


@pytest.mark.parametrize("count", [10, 20, 64])
@pytest.mark.parametrize("shares", [(0.5, 0.5), (0.9, 0.9), (0.98, 0.9), (1.0, 0.7)])
def test_the_mean_of_two_shares_lies_inside_as_often_as_it_says(count, shares):
    rng = np.random.default_rng(0)
    drawn = rng.binomial(count, shares, size=(1000, 2)).tolist()
    found = [mean_of_shares((one, count), (other, count)) for one, other in drawn]
    assert sum(each.low <= sum(shares) / 2 <= each.high for each in found) / 1000 >= 0.92


@pytest.mark.parametrize("value", [0.0, 1.0])
def test_all_pairs_in_order_are_no_certainty_and_more_prompts_are_a_better_one(value):
    few, many = (area_under_curve(value, count, count) for count in (5, 50))
    assert few.high - few.low > 0.3 > many.high - many.low > 0.01
    assert value in (few.low, few.high)


def test_the_ends_solve_the_score_equation():
    found = area_under_curve(0.8, 12, 30)
    for end in (found.low, found.high):
        terms = (1 - end) / (2 - end) + end / (1 + end)
        variance = end * (1 - end) * (1 + 20 * terms) / 360
        assert abs(0.8 - end) == pytest.approx(1.959964 * math.sqrt(variance), rel=1e-5)


def test_without_a_kind_nothing_is_known():
    assert math.isnan(area_under_curve(math.nan, 3, 0).low)
    assert math.isnan(mean_of_shares((3, 3), (0, 0)).high)
