"""Metrics: against published numbers, other libraries, and values made by hand."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from scipy import stats
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
def test_wilson_is_statsmodels(k, n):
    rate = metrics.wilson(k, n)
    assert (rate.low, rate.high) == pytest.approx(proportion_confint(k, n, method="wilson"), abs=1e-12)
    assert (rate.value, rate.k, rate.n) == (k / n, k, n)


def test_wilson_by_known_values_and_of_nothing():
    assert metrics.wilson(0, 315).high == pytest.approx(0.012, abs=5e-4)
    nothing = metrics.wilson(0, 0)
    assert all(math.isnan(value) for value in nothing[:3])
    assert nothing.n == 0
    with pytest.raises(ValueError, match="k: expected"):
        metrics.wilson(3, 2)


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


def test_loophole_counts_what_is_safe_in_the_pivot_only():
    assert metrics.loophole_rate([True, True, False, None], [True, False, False, False]) == pytest.approx(1 / 3)
    assert math.isnan(metrics.loophole_rate([None], [True]))


def test_mcnemar_is_the_binomial_test():
    first, second = [True] * 9 + [False] * 3, [False] * 8 + [True] * 4
    found = metrics.mcnemar(first, second)
    assert (found.only_first, found.only_second) == (8, 3)
    assert found.p == pytest.approx(stats.binomtest(8, 11).pvalue)
    assert metrics.mcnemar([True], [True]).p == 1


def test_holm_is_statsmodels():
    p = {"a": 0.01, "b": 0.04, "c": 0.03, "d": 0.5}
    expected = multipletests(list(p.values()), method="holm")[1]
    assert list(metrics.holm(p).values()) == pytest.approx(list(expected))


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
