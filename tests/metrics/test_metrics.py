"""Metrics: against published numbers, other libraries, and values made by hand."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats import inter_rater
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportion_confint

from isoglot import metrics

# Safety rates of arXiv 2602.16660, Qwen2.5-7B-Instruct, with the Var it prints.
PUBLISHED = {
    "none": ([93.3, 96.1, 93.3, 92.2, 93.9, 53.3, 6.1, 33.9, 21.1, 12.2], 13.14),
    "DPO": ([99.4, 98.3, 97.2, 97.8, 96.1, 70.6, 7.2, 50.6, 30.0, 17.2], 12.44),
    "MPO": ([81.1, 81.7, 82.2, 77.2, 78.3, 77.2, 4.4, 70.6, 59.4, 42.8], 5.53),
    "DPO+MLC": ([99.4, 96.7, 97.8, 98.3, 98.3, 95.0, 92.8, 92.8, 91.1, 97.2], 0.07),
}


@pytest.mark.parametrize("row", PUBLISHED)
def test_language_variance_is_the_papers(row):
    rates, printed = PUBLISHED[row]
    assert metrics.language_variance([rate / 100 for rate in rates]) == pytest.approx(printed, abs=0.006)


def test_the_papers_agreement_of_097_is_not_attainable_with_its_rates():
    rates, _ = PUBLISHED["DPO+MLC"]
    assert metrics.agreement_bounds([rate / 100 for rate in rates])[1] == pytest.approx(0.9665, abs=5e-4)


@pytest.mark.parametrize(("k", "n"), [(0, 315), (164, 180), (5, 10), (10, 10), (1, 1)])
@pytest.mark.parametrize("confidence", [0.95, 0.5])
def test_wilson_is_statsmodels(k, n, confidence):
    rate = metrics.wilson(k, n, confidence=confidence)
    assert (rate.low, rate.high) == pytest.approx(proportion_confint(k, n, 1 - confidence, method="wilson"), abs=1e-12)
    assert 0 <= rate.low <= rate.value <= rate.high <= 1
    assert all(type(value) in (int, float) for value in (*rate[:4], rate.k))
    assert (rate.value, rate.k, rate.n) == (k / n, k, n)


def test_wilson_by_known_values_and_of_nothing():
    assert metrics.wilson(0, 315).high == pytest.approx(0.012, abs=5e-4)
    nothing = metrics.wilson(0, 0)
    assert all(math.isnan(value) for value in nothing[:3])
    assert nothing.n == 0
    with pytest.raises(ValueError, match="k: expected"):
        metrics.wilson(3, 2)
    with pytest.raises(ValueError, match="confidence: expected"):
        metrics.wilson(1, 2, confidence=95)


def test_sampling_variance_is_what_sampling_gives():
    rng = np.random.default_rng(0)
    drawn = [metrics.language_variance(list(rng.binomial(180, 0.95, size=10) / 180)) for _ in range(4000)]
    assert metrics.sampling_variance([0.95] * 10, 180) == pytest.approx(np.mean(drawn), rel=0.05)


def test_pairwise_agreement_by_loops_and_with_gaps():
    outcomes = {"en": [1, 1, 0, None], "sw": [1, 0, 0, 1], "zh": [1, 1, None, 1]}
    pairs = [
        a == b
        for row in zip(*outcomes.values(), strict=True)
        for a, b in itertools.combinations([x for x in row if x is not None], 2)
    ]
    assert metrics.pairwise_agreement(outcomes) == pytest.approx(sum(pairs) / len(pairs))
    assert math.isnan(metrics.pairwise_agreement({"en": [None], "sw": [1]}))


def test_agreement_with_its_interval_is_the_same_number_and_holds_the_truth():
    outcomes = {"en": [1, 1, 0, None], "sw": [1, 0, 0, 1], "zh": [1, 1, None, 1]}
    table = np.array([[math.nan if x is None else x for x in row] for row in zip(*outcomes.values(), strict=True)])
    found = metrics.agreement_rate(table)
    assert found.value == pytest.approx(metrics.pairwise_agreement(outcomes))
    assert (found.k, found.n) == (6, 8)
    assert metrics.agreement_rate(table, table).n == 16  # of two answers to each prompt
    assert math.isnan(metrics.agreement_rate(np.full((3, 1), math.nan)).value)
    rng, held = np.random.default_rng(0), {20: [], 60: []}
    for prompts, holds in held.items():
        for _ in range(150):
            rates = np.clip(rng.beta(6, 1, (prompts, 1)), 0, 1)  # a prompt is as hard in every language
            drawn = (rng.random((prompts, 5)) < rates).astype(float)
            drawn[rng.random(drawn.shape) < 0.2] = math.nan
            one = metrics.agreement_rate(drawn, resamples=300)
            p, q = 6 / 7, 6 * 7 / (7 * 8)  # E r and E r squared
            holds.append(one.low <= 1 - 2 * p + 2 * q <= one.high)
    assert min(np.mean(holds) for holds in held.values()) > 0.91


def test_agreement_bounds_where_languages_lack_prompts_hold_for_every_arrangement():
    """Each language keeps its prompts and how many of them have the outcome; which they are is tried in all ways."""
    known = np.array([[1, 1, 1], [1, 1, 0], [1, 1, 0], [1, 0, 1]], dtype=bool)
    for counts in itertools.product(range(5), range(4), range(3)):
        columns = [
            [ones for ones in itertools.product((0, 1), repeat=int(there.sum())) if sum(ones) == count]
            for there, count in zip(known.T, counts, strict=True)
        ]
        for chosen in itertools.product(*columns):
            table = np.full(known.shape, math.nan)
            for place, ones in enumerate(chosen):
                table[known[:, place], place] = ones
            rows = [[None if math.isnan(cell) else bool(cell) for cell in row] for row in table]
            agreement = metrics.pairwise_agreement(
                {str(place): one for place, one in enumerate(zip(*rows, strict=True))}
            )
            low, high = metrics.agreement_bounds_of(table)
            assert low - 1e-12 <= agreement <= high + 1e-12


def test_agreement_bounds_of_a_whole_table_are_those_of_its_rates():
    table = np.array([[1, 0, 0], [1, 1, 0], [1, 0, 1], [0, 0, 1.0]])
    assert metrics.agreement_bounds_of(table) == pytest.approx(metrics.agreement_bounds(table.mean(axis=0).tolist()))
    # One prompt of the second language, in which both agree: by the rates 0.75 and 1 they could at most by 75 %.
    assert metrics.agreement_bounds_of(np.array([[1, 1], [1, math.nan], [1, math.nan], [0, math.nan]])) == (1, 1)
    assert all(map(math.isnan, metrics.agreement_bounds_of(np.full((2, 2), math.nan))))


def test_agreement_bounds_are_the_extremes_over_all_arrangements():
    counts, n = (3, 2, 1), 4  # of 4 prompts, so many have the outcome in each language
    found = []
    arrangements = [list(itertools.combinations(range(n), k)) for k in counts]
    for chosen in itertools.product(*arrangements):
        outcomes = {str(i): [place in places for place in range(n)] for i, places in enumerate(chosen)}
        found.append(metrics.pairwise_agreement(outcomes))
    low, high = metrics.agreement_bounds([k / n for k in counts])
    assert max(found) == pytest.approx(high)
    assert min(found) == pytest.approx(low)


def test_kappa_and_ac1_by_hand():
    # Ten prompts, two languages, nine alike: chance agreement is 0.905 for kappa, and 0.095 for AC1.
    ratings = [["safe", "safe"]] * 9 + [["safe", "unsafe"]]
    chance = 0.95**2 + 0.05**2
    assert metrics.fleiss_kappa(ratings) == pytest.approx((0.9 - chance) / (1 - chance))
    assert metrics.gwet_ac1(ratings) == pytest.approx((0.9 - 2 * 0.95 * 0.05) / (1 - 2 * 0.95 * 0.05))
    assert math.isnan(metrics.fleiss_kappa([["safe", "safe"]]))
    assert metrics.gwet_ac1([["safe", "safe"]]) == 1
    assert math.isnan(metrics.gwet_ac1([]))


def test_published_example_of_ac1():
    """Gwet (2002): 118 times both +, 5 and 2 times one of each; kappa is below 0, AC1 0.9408."""
    ratings = [["+", "+"]] * 118 + [["+", "-"]] * 5 + [["-", "+"]] * 2
    assert metrics.gwet_ac1(ratings) == pytest.approx(0.9408, abs=5e-5)
    assert metrics.fleiss_kappa(ratings) < 0


def test_published_example_with_ratings_missing():
    """Twelve units and four raters of Gwet (Handbook of Inter-Rater Reliability, 2014): AC1 0.77544, kappa 0.76117."""
    units = ["11-1", "2232", "3333", "3333", "2222", "1234", "4444", "1121", "2222", "-555", "--11", "--3-"]
    ratings = [[None if sign == "-" else sign for sign in unit] for unit in units]
    assert metrics.gwet_ac1(ratings) == pytest.approx(0.77544, abs=5e-6)
    assert metrics.fleiss_kappa(ratings) == pytest.approx(0.76117, abs=5e-6)
    whole = [row for row in ratings if None not in row]
    assert metrics.fleiss_kappa(whole) == pytest.approx(statsmodels_kappa(whole))
    for measure in (metrics.gwet_ac1, metrics.fleiss_kappa):
        assert math.isnan(measure([["a", None], [None, "b"]]))  # nothing was rated twice


def statsmodels_kappa(ratings):
    categories = sorted({rating for row in ratings for rating in row})
    return inter_rater.fleiss_kappa([[row.count(category) for category in categories] for row in ratings])


def test_published_example_of_fleiss_kappa():
    """Fleiss (1971) as in many textbooks: ten subjects, fourteen raters, five categories, kappa 0.210."""
    table = [
        [0, 0, 0, 0, 14], [0, 2, 6, 4, 2], [0, 0, 3, 5, 6], [0, 3, 9, 2, 0], [2, 2, 8, 1, 1],
        [7, 7, 0, 0, 0], [3, 2, 6, 3, 0], [2, 5, 3, 2, 2], [6, 5, 2, 1, 0], [0, 2, 2, 3, 7],
    ]  # fmt: skip
    ratings = [[category for category, n in enumerate(row) for _ in range(n)] for row in table]
    assert metrics.fleiss_kappa(ratings) == pytest.approx(0.210, abs=5e-4)


@pytest.mark.parametrize("measure", [metrics.fleiss_kappa, metrics.gwet_ac1])
def test_every_subject_has_as_many_raters(measure):
    with pytest.raises(ValueError, match="same number of raters"):
        measure([["a", "b"], ["a"]])
    assert math.isnan(measure([["a"], ["b"]]))


def test_languages_without_prompts_do_not_count():
    assert metrics.language_variance([0.5, 1.0, math.nan]) == metrics.language_variance([0.5, 1.0])
    assert math.isnan(metrics.language_variance([math.nan]))
    assert math.isnan(metrics.sampling_variance([], 180))
    assert math.isnan(metrics.sampling_variance([0.5], 0))
    assert metrics.agreement_bounds([0.5, 1.0, math.nan]) == metrics.agreement_bounds([0.5, 1.0])
    assert all(map(math.isnan, metrics.agreement_bounds([0.5])))
    assert math.isnan(metrics.pairwise_agreement({}))


def test_loophole_counts_what_is_safe_in_the_pivot_only():
    assert metrics.loophole_rate([True, True, False, None], [True, False, False, False]) == pytest.approx(1 / 3)
    assert math.isnan(metrics.loophole_rate([None], [True]))


def test_mcnemar_is_the_binomial_test():
    first, second = [True] * 9 + [False] * 3, [False] * 8 + [True] * 4
    found = metrics.mcnemar(first, second)
    assert (found.only_first, found.only_second) == (8, 3)
    assert found.p == pytest.approx(stats.binomtest(8, 11).pvalue)
    assert metrics.mcnemar([True], [True]).p == 1


def test_mcnemar_leaves_out_what_a_judge_failed_on():
    assert metrics.mcnemar([True, None, True, False], [False, False, None, False])[:2] == (1, 0)
    with pytest.raises(ValueError, match="zip"):
        metrics.mcnemar([True], [])


@pytest.mark.parametrize("p_values", [[0.01, 0.04, 0.03, 0.5], [0.2], [1.0, 1.0], [0.02, 0.02, 0.0, 0.9, 0.026]])
def test_holm_is_statsmodels(p_values):
    p = {str(place): value for place, value in enumerate(p_values)}
    expected = multipletests(p_values, method="holm")[1]
    assert list(metrics.holm(p).values()) == pytest.approx(list(expected))
    assert metrics.holm({}) == {}


def test_cluster_bootstrap_is_wider_than_rows_when_clusters_agree():
    clusters = [[1.0] * 10] * 30 + [[0.0] * 10] * 10

    def mean(chosen):
        return sum(sum(cluster) for cluster in chosen) / sum(len(cluster) for cluster in chosen)

    found = metrics.cluster_bootstrap(clusters, mean)
    assert found.value == pytest.approx(0.75)
    spread = math.sqrt(0.75 * 0.25 / 40)  # 40 prompts, not 400 rows
    assert found.high - found.low == pytest.approx(2 * 1.96 * spread, rel=0.1)
    assert metrics.cluster_bootstrap(clusters, mean) == found  # seeded
    assert math.isnan(metrics.cluster_bootstrap([], mean).value)
    assert math.isnan(metrics.cluster_bootstrap([1], lambda _: math.nan).high)


def naive_mean(clusters):
    columns = [[cell for cell in column if not math.isnan(cell)] for column in zip(*clusters, strict=True)]
    means = [sum(column) / len(column) for column in columns if column]
    return sum(means) / len(means) if means else math.nan


@pytest.mark.parametrize("missing", [0.0, 0.3, 0.97])
def test_the_mean_over_languages_is_the_general_bootstrap_with_that_statistic(missing):
    rng = np.random.default_rng(3)
    table = rng.integers(0, 2, size=(25, 4)).astype(float)
    table[rng.random(table.shape) < missing] = math.nan
    expected = metrics.cluster_bootstrap(list(table), naive_mean, resamples=300)
    assert metrics.mean_over_languages(table, resamples=300)[:3] == pytest.approx(expected[:3])


def test_the_mean_over_languages_of_differences_is_paired():
    first = np.array([[1.0, 1.0]] * 30 + [[0.0, 0.0]] * 30)
    found = metrics.mean_over_languages(first - first)
    assert found[:3] == (0.0, 0.0, 0.0)  # unpaired intervals would be wide


def test_the_mean_over_nothing_is_no_number():
    for table in ([], [[]], [[math.nan, math.nan]]):
        assert all(map(math.isnan, metrics.mean_over_languages(table)[:3]))


def naive(table, statistic, *, resamples=1000, seed=0):
    """A bootstrap over rows, one resample after the other."""
    rng = np.random.default_rng(seed)
    draws = rng.integers(len(table), size=(resamples, len(table)))
    values = [statistic([table[place] for place in draw]) for draw in draws]
    known = [value for value in values if not math.isnan(value)]
    return statistic(table), np.quantile(known, 0.025), np.quantile(known, 0.975)


def rates_of(rows):
    columns = ([cell for cell in column if not math.isnan(cell)] for column in zip(*rows, strict=True))
    return [(sum(column), len(column)) for column in columns]


def mean_of_languages(rows):
    known = [k / n for k, n in rates_of(rows) if n]
    return sum(known) / len(known) if known else math.nan


def pooled(rows):
    totals = [sum(part) for part in zip(*rates_of(rows), strict=True)]
    return totals[0] / totals[1] if totals[1] else math.nan


def test_macro_and_micro_are_what_their_names_say():
    rng = np.random.default_rng(3)
    table = (rng.random((40, 3)) < [0.2, 0.5, 0.9]).astype(float)
    table[:30, 0] = math.nan  # a language with a quarter of the prompts
    table[5, :] = math.nan  # the judge failed on a prompt in every language
    rows = table.tolist()
    found = metrics.micro(table)
    for one, statistic in ((metrics.macro(table), mean_of_languages), (found, pooled)):
        value, low, high = naive(rows, statistic)
        assert one.value == pytest.approx(value, abs=1e-12)
        assert low - 0.03 < one.low <= low + 1e-12  # wider, since prompts are few, and not by much
        assert high - 1e-12 <= one.high < high + 0.03
    assert (found.k, found.n) == (int(np.nansum(table)), 10 + 39 + 39)
    assert abs(found.value - metrics.macro(table).value) > 0.05


def test_macro_and_micro_of_prompts_that_are_all_alike_and_of_nothing():
    table = [[1.0, 1.0], [1.0, math.nan], [math.nan, math.nan]]
    assert metrics.macro(table)[:5] == metrics.wilson(2, 2)[:5]
    pooled = metrics.micro(table)
    assert (*pooled[:3], pooled.k, pooled.n, pooled.method) == (*metrics.wilson(2, 2)[:3], 3, 3, "Wilson")
    for nothing in ([], [[math.nan]], np.empty((0, 2))):
        assert all(map(math.isnan, metrics.macro(nothing)[:3]))
        assert all(map(math.isnan, metrics.micro(nothing)[:3]))


def test_a_paired_difference_resamples_prompts_of_both():
    rng = np.random.default_rng(5)
    hard = rng.random((60, 1))
    first, second = ((rng.random((60, 3)) / 4 + hard < share).astype(float) for share in (0.7, 0.6))
    first[3, 1] = second[7, :] = math.nan
    rows = [row for row in (first - second).tolist() if not all(map(math.isnan, row))]
    found = metrics.paired_difference(first, second)
    value, low, high = naive(rows, mean_of_languages)
    assert found.value == pytest.approx(value, abs=1e-12)
    assert low - 0.02 < found.low <= low + 1e-12
    assert high - 1e-12 <= found.high < high + 0.02
    assert found.n == 59
    apart = [metrics.macro(table) for table in (first, second)]
    assert found.high - found.low < 0.8 * math.hypot(*(one.high - one.low for one in apart))  # what is hard cancels out


def test_a_paired_difference_of_prompts_that_differ_alike_and_of_nothing():
    ones, none = [[1.0, 1.0]] * 12, [[0.0, math.nan]] * 12
    margin = 1 - metrics.wilson(12, 12).low
    assert metrics.paired_difference(ones, ones)[:3] == (0.0, -margin, margin)
    assert metrics.paired_difference(ones, none)[:3] == (1.0, 1 - margin, 1.0)
    assert metrics.paired_difference(none, ones)[:3] == (-1.0, -1.0, margin - 1)
    for nothing in ([], [[math.nan]], np.empty((0, 2))):
        assert all(map(math.isnan, metrics.paired_difference(nothing, nothing)[:3]))


def test_of_languages_that_share_the_lowest_rate_none_is_the_lowest():
    assert metrics.lowest({"sw": 0.1 + 0.2, "ur": 0.3, "en": 1.0, "zh": math.nan}) == ["sw", "ur"]
    assert metrics.lowest({"sw": 0.1, "ur": 0.3}) == ["sw"]
    assert metrics.lowest({"sw": math.nan}) == []
