"""Intervals over few prompts, agreement of judges, samples and plans: against other means, and in simulations."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.inter_rater import cohens_kappa
from statsmodels.stats.proportion import proportion_confint

from isoglot import metrics
from isoglot.metrics.few import student


def test_clopper_pearson_is_statsmodels_and_never_holds_too_seldom():
    for k, n in ((0, 20), (1, 20), (164, 180), (20, 20), (3, 7)):
        found = metrics.clopper_pearson(k, n)
        assert found[:3] == pytest.approx((k / n, *proportion_confint(k, n, method="beta")), abs=1e-9)
    ends = [metrics.clopper_pearson(k, 20) for k in range(21)]
    for rate in (0.003, 0.03, 0.5, 0.97):
        held = sum(stats.binom.pmf(k, 20, rate) for k, one in enumerate(ends) if one.low <= rate <= one.high)
        assert held >= 0.95
    assert math.isnan(metrics.clopper_pearson(0, 0).low)


def test_students_quantile_is_scipys():
    for freedom, confidence in itertools.product((1, 2, 2.5, 7.3, 59, 1000, 10_000), (0.5, 0.95, 0.99)):
        assert student(freedom, confidence) == pytest.approx(stats.t.ppf((1 + confidence) / 2, freedom), rel=2e-3)


def test_of_one_language_the_mean_reaches_as_far_as_wilson():
    for k in (1, 19, 57):
        found = metrics.macro([[1.0]] * k + [[0.0]] * (60 - k))
        plain = metrics.wilson(k, 60)
        assert found.value == plain.value
        assert plain.low - 0.02 < found.low <= plain.low
        assert plain.high <= found.high < plain.high + 0.02


def test_prompts_that_are_all_alike_leave_room_for_those_that_are_not():
    found = metrics.macro([[1.0, 0.0]] * 20)  # a bootstrap knows no spread
    assert (found.low, found.high) == pytest.approx((0.5 * metrics.wilson(20, 20).low, 1 - found.low))
    wide = metrics.macro(np.tile([[1.0, 0.0]], (2000, 1)))
    assert wide.high - wide.low < 0.005


def drawn(rng, rates, prompts, alike):
    """(prompts, languages): some prompts are harder than others, in all languages at once; the last lack a few."""
    hard = math.sqrt(alike) * rng.normal(size=(prompts, 1))
    own = math.sqrt(1 - alike) * rng.normal(size=(prompts, len(rates)))
    table = (hard + own < stats.norm.ppf(rates)).astype(float)
    table[rng.random(table.shape) < np.linspace(0, 0.4, len(rates))] = math.nan
    return table


def test_intervals_over_languages_hold_the_truth_where_a_bootstrap_alone_does_not():
    rng, held, alone = np.random.default_rng(0), [], []
    mixed = [0.99, 0.9, 0.5, 0.1]
    for prompts, rates, alike in (
        (20, [0.97] * 5, 0.5),
        (60, [0.97] * 8, 0.9),
        (180, mixed, 0.3),
        (60, [0.03] * 3, 0.1),
    ):
        of_case = np.zeros(2)
        for _ in range(150):
            table, truth = drawn(rng, rates, prompts, alike), np.mean(rates)
            found, plain = metrics.macro(table, resamples=300), metrics.mean_over_languages(table, resamples=300)
            of_case += [one.low <= truth <= one.high for one in (found, plain)]
        held.append(of_case[0] / 150)
        alone.append(of_case[1] / 150)
    assert min(held) > 0.92  # 150 draws of 95 % have a standard error of 1.8 points
    assert min(alone) < 0.88


def test_intervals_of_differences_hold_the_truth_at_few_prompts():
    rng, held = np.random.default_rng(1), []
    for prompts, languages, before, after in (
        (20, 3, 0.9, 0.97),
        (20, 1, 0.5, 0.6),
        (60, 8, 0.9, 0.97),
        (180, 3, 0.5, 0.5),
    ):
        of_case = 0
        for _ in range(120):
            hard = math.sqrt(0.6) * rng.normal(size=(prompts, 1))
            first, second = (
                (hard + math.sqrt(0.4) * rng.normal(size=(prompts, languages)) < stats.norm.ppf(rate)).astype(float)
                for rate in (after, before)
            )
            found = metrics.paired_difference(first, second, resamples=300)
            of_case += found.low <= after - before <= found.high
        held.append(of_case / 120)
    assert min(held) > 0.91
    assert np.mean(held) > 0.945


def naive_alpha(rows):
    """Krippendorff's alpha from all pairs of values, within responses and over all."""
    rows = [[value for value in row if value is not None] for row in rows]
    rows = [row for row in rows if len(row) > 1]
    values = [value for row in rows for value in row]
    within = sum(sum(a != b for a, b in itertools.permutations(row, 2)) / (len(row) - 1) for row in rows) / len(values)
    over = sum(a != b for a, b in itertools.permutations(values, 2)) / (len(values) * (len(values) - 1))
    return 1 - within / over


def test_agreement_of_judges_by_other_means():
    rng = np.random.default_rng(0)
    for _ in range(5):
        rows = [[None if rng.random() < 0.3 else "abc"[rng.integers(3)] for _ in range(4)] for _ in range(30)]
        assert metrics.krippendorff_alpha(rows) == pytest.approx(naive_alpha(rows))
        first, second = ([row[place] for row in rows] for place in (0, 1))
        table = np.zeros((3, 3))
        for x, y in zip(first, second, strict=True):
            if x and y:
                table["abc".index(x), "abc".index(y)] += 1
        assert metrics.cohen_kappa(first, second) == pytest.approx(cohens_kappa(table).kappa)
    # Krippendorff (2011), nominal data of four observers with gaps: alpha 0.743.
    published = [
        [1, 1, None, 1], [2, 2, 3, 2], [3, 3, 3, 3], [3, 3, 3, 3], [2, 2, 2, 2], [1, 2, 3, 4], [4, 4, 4, 4],
        [1, 1, 2, 1], [2, 2, 2, 2], [None, 5, 5, 5], [None, None, 1, 1], [None, None, 3, None],
    ]  # fmt: skip
    assert metrics.krippendorff_alpha(published) == pytest.approx(0.743, abs=5e-4)
    for nothing in ([], [["a", None]], [["a", "a"], ["a", "a"]]):
        assert math.isnan(metrics.krippendorff_alpha(nothing))
    assert math.isnan(metrics.cohen_kappa(["a"], [None]))


def test_any_of_k_is_the_share_of_draws_with_an_unsafe_sample():
    counts = [[(0, 5), (2, 5)], [(1, 5), None], [(5, 5), (1, 1)]]
    for k in (1, 2, 3):
        shares = []
        for column in zip(*counts, strict=True):
            of_prompts = []
            for unsafe, samples in filter(None, column):
                draws = list(itertools.combinations([1] * unsafe + [0] * (samples - unsafe), k))
                of_prompts += [np.mean([any(draw) for draw in draws])] if draws else []
            shares.append(np.mean(of_prompts))
        assert metrics.any_of_k(counts, k).value == pytest.approx(np.mean(shares))
    never = metrics.any_of_k([[(0, 4)]] * 50, 4)
    assert (never.value, never.high) == (0, metrics.wilson(0, 50).high)
    assert math.isnan(metrics.any_of_k([[(0, 2)]], 3).value)
    with pytest.raises(ValueError, match="k: expected at least 1"):
        metrics.any_of_k(counts, 0)
    with pytest.raises(ValueError, match="counts: expected 0 to n = 2"):
        metrics.any_of_k([[(3, 2)]], 1)


def pairs(rng, prompts, languages, before, after, between_runs):
    """Outcomes of two runs with these rates, correlated by so much on a prompt."""
    both = before * after + between_runs * math.sqrt(before * (1 - before) * after * (1 - after))
    shares = [both, before - both, after - both, 1 - before - after + both]
    found = rng.choice(4, p=shares, size=(prompts, languages))
    return (found < 2).astype(float), (found % 2 == 0).astype(float)


def test_the_smallest_difference_is_shown_four_times_in_five():
    rng = np.random.default_rng(0)
    least = metrics.smallest_detectable_difference(180, rate=0.8, between_runs=0.4)
    shown = [
        metrics.mcnemar(*(table[:, 0].astype(bool).tolist() for table in pairs(rng, 180, 1, 0.8, 0.8 - least, 0.4))).p
        < 0.05
        for _ in range(300)
    ]
    assert 0.73 < np.mean(shown) < 0.87
    of_mean = metrics.smallest_detectable_difference(180, rate=0.8, languages=6, between_runs=0.4, between_languages=0)
    found = []
    for _ in range(150):
        first, second = pairs(rng, 180, 6, 0.8, 0.8 - of_mean, 0.4)
        found.append(metrics.paired_difference(first, second, resamples=300))
    assert 0.7 < np.mean([one.low > 0 for one in found]) < 0.88
    assert np.mean([metrics.shown_by(one) for one in found]) == pytest.approx(of_mean, rel=0.1)


def test_more_prompts_show_smaller_differences_and_a_handful_shows_none():
    least = [metrics.smallest_detectable_difference(n, rate=0.5) for n in (20, 60, 180)]
    assert least == sorted(least, reverse=True)
    assert math.isnan(metrics.smallest_detectable_difference(5, rate=0.5))  # 5 of 5 have p = 0.06
    assert math.isnan(metrics.smallest_detectable_difference(0, rate=0.5))
    assert metrics.smallest_detectable_difference(60, rate=0.5, tests=10) > least[1]
    assert metrics.smallest_detectable_difference(180, rate=0.05) == metrics.smallest_detectable_difference(
        180, rate=0.95
    )
    with pytest.raises(ValueError, match="rate: expected a share"):
        metrics.smallest_detectable_difference(10, rate=95)


def test_the_papers_counts_give_its_mean_and_variance():
    """arXiv 2602.16660, Qwen2.5-7B-Instruct with DPO+MLC: of 180 prompts in each language."""
    safe = [179, 174, 176, 177, 177, 171, 167, 167, 164, 175]
    rates = [metrics.wilson(k, 180).value for k in safe]
    assert 100 * metrics.mean_of_known(rates) == pytest.approx(95.94, abs=0.005)
    assert metrics.language_variance(rates) == pytest.approx(0.073, abs=0.0005)
