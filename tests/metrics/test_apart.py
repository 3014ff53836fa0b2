"""How far languages are apart: each interval against an independent one, and by how often it holds the truth."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import brentq
from scipy.stats import beta, ncx2
from statsmodels.stats.proportion import proportion_confint

from isoglot.metrics import (
    cluster_bootstrap,
    language_gap,
    language_variance,
    lowest_rate,
    variance_over_languages,
)
from isoglot.metrics.wilson import agresti_coull

ALL = (lowest_rate, language_gap, variance_over_languages)


def outcomes(rng: np.random.Generator, rates, prompts: int, alike: float) -> np.ndarray:
    """(prompts, languages): prompts are hard or easy in all languages; each language lacks more than the one before."""
    hard, own = rng.random((prompts, 1)), rng.random((prompts, len(rates)))
    level = np.where(rng.random((prompts, 1)) < alike, hard, own)
    missing = rng.random(level.shape) < np.linspace(0, 0.4, len(rates))
    return np.where(missing, np.nan, (level < rates).astype(float))


def test_the_interval_of_a_share_is_that_of_statsmodels():
    for k, n in ((0, 20), (1, 20), (17, 20), (20, 20), (90, 180)):
        expected = proportion_confint(k, n, alpha=0.01, method="agresti_coull")
        assert agresti_coull(k, n, confidence=0.99)[1:3] == pytest.approx(expected)


def test_values_are_those_of_the_languages_rates():
    table = outcomes(np.random.default_rng(0), [0.9, 0.6, 0.8], 60, 0.5)
    rates = np.nanmean(table, axis=0)
    found = [statistic(table).value for statistic in ALL]
    assert found == pytest.approx([rates.min(), np.ptp(rates), language_variance(list(rates))])
    assert {statistic(table).n for statistic in ALL} == {60}


def test_the_lowest_rate_lies_between_exact_ends_of_one_and_of_all_languages():
    counts = (12, 15, 19)
    table = np.stack([np.arange(20) < count for count in counts], axis=1).astype(float)
    found = lowest_rate(table)
    assert found.low == pytest.approx(beta.ppf(0.025, 12, 9))
    assert found.high == pytest.approx(min(beta.ppf(1 - 0.025 / 3, k + 1, 20 - k) if k < 20 else 1 for k in counts))


def test_the_gap_of_languages_without_a_prompt_in_common_adds_up_squares():
    """Zou's and Donner's without correlation: Newcombe's square-and-add, of another interval of a share."""
    first, second = np.arange(40) < 36, np.arange(40) < 24
    empty = np.full(40, np.nan)
    table = np.stack([np.concatenate([first, empty]), np.concatenate([empty, second])], axis=1)
    one, other = (proportion_confint(k, 40, method="agresti_coull") for k in (36, 24))
    expected = 0.3 - np.hypot(0.9 - one[0], other[1] - 0.6), 0.3 + np.hypot(one[1] - 0.9, 0.6 - other[0])
    # Of two languages there are two differences: at the lower end each has a quarter of the share that is left out.
    one, other = (proportion_confint(k, 40, alpha=0.025, method="agresti_coull") for k in (36, 24))
    found = language_gap(table)
    assert found.low == pytest.approx(0.3 - np.hypot(0.9 - one[0], other[1] - 0.6))
    assert found.low < expected[0]
    assert found.high == pytest.approx(expected[1])


def test_prompts_that_are_hard_in_all_languages_make_the_gap_better_known():
    alone, shared = (
        np.mean(
            [
                np.subtract(*language_gap(outcomes(np.random.default_rng(seed), [0.5, 0.7], 90, alike))[2:0:-1])
                for seed in range(20)
            ]
        )
        for alike in (0.0, 1.0)
    )
    assert shared < 0.85 * alone


def test_var_has_the_interval_of_a_noncentral_chi_square_where_noise_is_normal():
    """Many prompts, languages apart from one another, rates near a half: exact, by another library."""
    rng, languages, prompts = np.random.default_rng(3), 10, 2000
    table = (rng.random((prompts, languages)) < np.linspace(0.44, 0.56, languages)).astype(float)
    noise = 0.25 / prompts
    seen = language_variance(list(table.mean(0))) / 100 * languages / noise
    low, high = (
        brentq(lambda true, p=p: ncx2.cdf(seen, languages - 1, true) - p, 1e-6, 1000) * noise * 100 / languages
        for p in (0.975, 0.025)
    )
    found = variance_over_languages(table)
    assert found.low == pytest.approx(low, rel=0.1)
    assert found.high == pytest.approx(high, rel=0.1)


@pytest.mark.parametrize(
    ("rates", "prompts"), [([0.97] * 8, 20), ([0.6, 0.95, 0.95, 0.99], 60), ([0.5] * 6, 60), ([0.9, 0.99], 20)]
)
def test_intervals_hold_the_truth(rates, prompts):
    rng = np.random.default_rng(0)
    truths = min(rates), max(rates) - min(rates), language_variance(rates)
    held = np.zeros(3)
    for run in range(150):
        found = [statistic(outcomes(rng, rates, prompts, run % 2)) for statistic in ALL]
        held += [one.low - 1e-9 <= truth <= one.high + 1e-9 for one, truth in zip(found, truths, strict=True)]
    assert (held / 150 > 0.93).all(), held


def test_a_bootstrap_would_not_hold_it():
    """Why there are such intervals: of languages that are all alike, the lowest of a resample is never as high."""
    rng = np.random.default_rng(0)
    tables = [(rng.random((40, 8)) < 0.8).astype(float) for _ in range(200)]
    plain = [
        cluster_bootstrap(list(one), lambda rows: np.mean(rows, axis=0).min(), resamples=200) for one in tables[:20]
    ]
    assert sum(found.high >= 0.8 for found in plain) < 10
    assert np.mean([lowest_rate(one).high >= 0.8 for one in tables]) > 0.96


def test_several_answers_to_a_prompt_are_not_more_prompts():
    rng = np.random.default_rng(1)
    one = (rng.random((40, 3)) < [0.6, 0.9, 0.9]).astype(float)
    shares = (one + one) / 2  # the same twice
    shares[0] = 0.5  # so that it is not taken for one answer each
    for statistic in ALL:
        single, several = statistic(one), statistic(shares)
        assert several.high - several.low > 0.8 * (single.high - single.low)


@pytest.mark.filterwarnings("error")
def test_without_outcomes_or_with_one_language_nothing_is_made_up():
    for statistic in ALL:
        assert np.isnan(statistic([]).value)
        assert np.isnan(statistic([[float("nan")] * 2]).value)
    one = [[1, float("nan")], [0, float("nan")]]
    for statistic in (language_gap, variance_over_languages):
        found = statistic(one)
        assert (found.value, np.isnan(found.low)) == (0, True)
    assert lowest_rate(one).value == 0.5
    alike = np.ones((20, 4))
    assert [statistic(alike).value for statistic in ALL] == [1, 0, 0]
    assert language_gap(alike).high > 0.1  # twenty that all succeeded may have lain apart
    assert 0 < variance_over_languages(alike).high < 2
