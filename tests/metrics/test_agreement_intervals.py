"""Coefficients of agreement with intervals: values of other libraries, and how often the interval holds the truth."""

from __future__ import annotations

import math

import numpy as np
import pytest
from statsmodels.stats.inter_rater import aggregate_raters, cohens_kappa, to_table
from statsmodels.stats.inter_rater import fleiss_kappa as of_statsmodels

from isoglot.metrics import (
    cohen_kappa,
    cohen_kappa_estimate,
    fleiss_kappa,
    fleiss_kappa_estimate,
    gwet_ac1,
    gwet_ac1_estimate,
    krippendorff_alpha,
    krippendorff_alpha_estimate,
)


def rated(rng: np.random.Generator, prompts: int, raters: int, share: float, gaps: float = 0.0) -> list[list]:
    """Rows of prompts, three of four of them rated alike by all, the others as it comes; some ratings are lacking."""
    alike, own = rng.random((prompts, 1)), rng.random((prompts, raters))
    chosen = np.where(rng.random((prompts, 1)) < 0.75, alike, own) < share
    found = np.where(rng.random(chosen.shape) < gaps, None, chosen)
    rows: list[list] = found.tolist()
    return rows


def test_values_are_those_of_the_coefficients_and_of_other_libraries():
    rows = rated(np.random.default_rng(0), 60, 4, 0.7)
    found = fleiss_kappa_estimate(rows)
    assert found.value == pytest.approx(of_statsmodels(aggregate_raters(np.array(rows))[0]))
    assert found.n == 60
    gaps = rated(np.random.default_rng(1), 60, 4, 0.7, gaps=0.3)
    assert fleiss_kappa_estimate(gaps).value == pytest.approx(fleiss_kappa(gaps))
    assert gwet_ac1_estimate(gaps).value == pytest.approx(gwet_ac1(gaps))
    assert krippendorff_alpha_estimate(gaps).value == pytest.approx(krippendorff_alpha(gaps))
    first, second = (["safe", "unsafe", None, "invalid"] * 9)[:30], (["safe", "unsafe", "safe"] * 10)[:30]
    assert cohen_kappa_estimate(first, second).value == pytest.approx(cohen_kappa(first, second))
    assert cohen_kappa_estimate(first, second).n == sum(one is not None for one in first)


def test_of_many_prompts_the_interval_is_the_large_sample_one():
    """Fleiss, Cohen and Everitt's, by statsmodels."""
    rows = np.array(rated(np.random.default_rng(2), 4000, 2, 0.6), dtype=int)
    expected = cohens_kappa(to_table(rows)[0])
    found = cohen_kappa_estimate(*rows.T.tolist())
    assert found.value == pytest.approx(expected.kappa)
    assert found.high - found.low == pytest.approx(expected.kappa_upp - expected.kappa_low, rel=0.02)


def test_where_all_agree_it_is_still_open_how_many_might_not():
    every = [[True] * 3] * 12 + [[False] * 3] * 8
    for estimate in (fleiss_kappa_estimate, gwet_ac1_estimate, krippendorff_alpha_estimate):
        found = estimate(every)
        assert found.value == found.high == 1
        assert 0.5 < found.low < 0.9
    one_category = [[True] * 3] * 20
    assert gwet_ac1_estimate(one_category).value == 1
    assert gwet_ac1_estimate(one_category).low < 0.9
    assert math.isnan(fleiss_kappa_estimate(one_category).value)


def test_several_responses_of_one_prompt_are_one_piece_of_evidence():
    rows = rated(np.random.default_rng(3), 40, 3, 0.6)
    five = [row for row in rows for _ in range(5)]
    clusters = [number for number in range(40) for _ in range(5)]
    for estimate in (fleiss_kappa_estimate, krippendorff_alpha_estimate):
        alone, together, wrong = estimate(rows), estimate(five, clusters=clusters), estimate(five)
        assert together.n == 40
        assert together.high - together.low == pytest.approx(alone.high - alone.low, rel=0.05)
        assert wrong.high - wrong.low < 0.6 * (alone.high - alone.low)


def test_of_several_answers_the_mean_is_given():
    first, second = (rated(np.random.default_rng(seed), 40, 3, 0.6) for seed in (4, 5))
    found = fleiss_kappa_estimate(first, second)
    assert found.value == pytest.approx((fleiss_kappa(first) + fleiss_kappa(second)) / 2)
    same = fleiss_kappa_estimate(first, first)
    assert same[:3] == pytest.approx(fleiss_kappa_estimate(first)[:3], abs=0.01)


@pytest.mark.parametrize(("share", "prompts"), [(0.5, 20), (0.9, 20), (0.97, 60), (0.9, 180)])
def test_intervals_hold_the_truth(share, prompts):
    many = rated(np.random.default_rng(0), 100_000, 4, share, gaps=0.2)
    forms = ((fleiss_kappa_estimate, fleiss_kappa(many)), (gwet_ac1_estimate, gwet_ac1(many)))
    rng, held, known = np.random.default_rng(1), np.zeros(2), np.zeros(2)
    for _ in range(150):
        rows = rated(rng, prompts, 4, share, gaps=0.2)
        for place, (estimate, truth) in enumerate(forms):
            found = estimate(rows)
            known[place] += not math.isnan(found.value)
            held[place] += found.low <= truth <= found.high
    assert (held / known > 0.93).all(), held / known


@pytest.mark.filterwarnings("error")
def test_nothing_from_nothing():
    for estimate in (fleiss_kappa_estimate, gwet_ac1_estimate, krippendorff_alpha_estimate):
        assert math.isnan(estimate([]).value)
        assert math.isnan(estimate([[None, None]]).value)
    assert math.isnan(cohen_kappa_estimate([], []).value)
    assert math.isnan(cohen_kappa_estimate(["a"], ["a"]).value)
    with pytest.raises(ValueError, match="rows of different lengths"):
        fleiss_kappa_estimate([[1, 1], [1]])


def test_an_interval_is_the_same_whichever_judge_is_named_first_and_in_whatever_order_responses_come():
    pairs = [("safe", "safe")] * 3 + [("safe", "unsafe")] + [("unsafe", "unsafe")] * 2 + [("safe", "invalid")] * 2
    first, second = map(list, zip(*pairs, strict=True))
    for one, other in ((second, first), (first[::-1], second[::-1])):
        assert _ends(cohen_kappa_estimate(one, other)) == pytest.approx(_ends(cohen_kappa_estimate(first, second)))
    rows = [["a", "b"], ["b", "c"], ["c", "c"], ["a", "a"], ["b", "b"]]
    for estimate in (fleiss_kappa_estimate, gwet_ac1_estimate, krippendorff_alpha_estimate):
        assert _ends(estimate(rows[::-1])) == pytest.approx(_ends(estimate(rows)))


def test_many_categories_take_no_memory_squared():
    found = cohen_kappa_estimate(range(1000), [*range(1, 1000), 0])
    assert found.value == pytest.approx(-1 / 999)


def _ends(found):
    return found.value, found.low, found.high
