"""The bootstrap against a slow one in plain Python, and what it is for."""

from __future__ import annotations

import math

import numpy as np
import pytest

from isoglot.metrics import wilson
from isoglot.metrics.seeds import interval, interval_of_worst, rates, resample, resampled_rates, statistic

NAN = math.nan


def tables(seeds=3, prompts=7, languages=4):
    rng = np.random.default_rng(5)
    found = [rng.integers(2, size=(prompts + n, languages)).astype(float) for n in range(seeds)]
    found[0][2, 1] = NAN
    return found


def slow(found, slots, name, *, high_is_good):
    """The same statistic, prompt by prompt."""
    values = []
    seen = [dict.fromkeys(range(len(found)), 0) for _ in slots]  # rows of ``times`` used so far, by seed
    for draw in range(len(slots[0].seed)):
        of_slots = []
        for slot, used in zip(slots, seen, strict=True):
            seed = int(slot.seed[draw])
            times = slot.times[seed][used[seed]]
            used[seed] += 1
            shares = []
            for language in range(found[seed].shape[1]):
                sample = []
                for prompt, often in enumerate(times):
                    if not math.isnan(found[seed][prompt, language]):
                        sample += [found[seed][prompt, language]] * int(often)
                if sample:
                    shares.append(sum(sample) / len(sample))
            worst = min if high_is_good else max
            of_slots.append(sum(shares) / len(shares) if name == "mean" else worst(shares))
        values.append(sum(of_slots) / len(of_slots))
    return values


@pytest.mark.parametrize("name", ["mean", "worst"])
@pytest.mark.parametrize("high_is_good", [True, False])
def test_it_is_the_slow_one(name, high_is_good):
    found = tables()
    slots = resample([len(table) for table in found], shared=False, draws=50)
    quick = statistic(resampled_rates(found, slots), name, high_is_good=high_is_good)
    assert quick == pytest.approx(slow(found, slots, name, high_is_good=high_is_good))


def test_as_many_seeds_and_prompts_are_drawn_as_there_are():
    slots = resample([4, 6], shared=False, draws=1000)
    assert len(slots) == 2
    for slot in slots:
        assert np.bincount(slot.seed) == pytest.approx([500, 500], abs=80)
        assert all((times.sum(1) == size).all() for times, size in zip(slot.times, (4, 6), strict=True))
        assert slot.times[0].mean(0) == pytest.approx(np.ones(4), abs=0.2)


def test_seeds_with_the_same_prompts_share_one_draw_of_them():
    first, second = resample([5, 5], shared=True, draws=20)
    for draw in range(20):
        rows = [slot.times[slot.seed[draw]][(slot.seed[:draw] == slot.seed[draw]).sum()] for slot in (first, second)]
        assert rows[0].tolist() == rows[1].tolist()


def test_one_seed_leaves_the_prompts_only():
    table = tables(seeds=1)[0]
    slots = resample([len(table)], shared=True)
    assert set(slots[0].seed) == {0}
    value = np.nanmean(np.nanmean(table, axis=0))
    low, high = interval(statistic(resampled_rates([table], slots), "mean", high_is_good=True), value, seeds=1)
    assert low < value < high


def test_seeds_that_differ_widen_the_interval():
    good, bad = np.ones((40, 3)), np.zeros((40, 3))
    slots = resample([40, 40], shared=False)
    draws = statistic(resampled_rates([good, bad], slots), "mean", high_is_good=True)
    assert interval(draws, 0.5, seeds=2) == (0.0, 1.0)


def test_the_interval_is_as_wide_as_theory_says():
    table = (np.arange(400) % 2).astype(float)[:, None]  # a share of a half of 400 prompts
    slots = resample([400], shared=True)
    low, high = interval(statistic(resampled_rates([table], slots), "mean", high_is_good=True), 0.5, seeds=1)
    assert (low, high) == pytest.approx((0.451, 0.549), abs=0.008)


def test_a_prompt_in_all_languages_is_one_piece_of_evidence():
    one = (np.arange(100) % 2).astype(float)[:, None]
    slots = resample([100], shared=True)
    alone, copies = (
        interval(statistic(resampled_rates([table], slots), "mean", high_is_good=True), 0.5, seeds=1)
        for table in (one, np.repeat(one, 9, axis=1))
    )
    assert alone == pytest.approx(copies)


def test_nothing_known_is_nan():
    table = np.full((3, 2), NAN)
    assert math.isnan(statistic(rates([table]), "mean", high_is_good=True)[0])
    assert all(map(math.isnan, interval(np.array([NAN]), NAN, seeds=1)))


def test_few_seeds_stretch_the_interval_about_the_value():
    draws = np.linspace(0.4, 0.6, 2001)
    assert interval(draws, 0.5, seeds=1) == pytest.approx((0.405, 0.595))
    assert interval(draws, 0.5, seeds=2) == pytest.approx((0.5 - 0.095 * math.sqrt(2), 0.5 + 0.095 * math.sqrt(2)))
    assert interval(draws + 0.38, 0.9, seeds=2)[1] == 1.0  # no share is above 1


def test_the_interval_reaches_to_the_value_though_every_draw_is_below_it():
    # Nine languages alike: in every draw one of them is lower by chance.
    tables = [np.tile((np.arange(20) >= 2).astype(float)[:, None], (1, 9)) for _ in range(3)]
    for place, one in enumerate(tables):
        tables[place] = np.stack([np.roll(one[:, k], k) for k in range(9)], axis=1)
    value = float(statistic(rates(tables), "worst", high_is_good=True)[0])
    draws = statistic(resampled_rates(tables, resample([20] * 3, shared=False)), "worst", high_is_good=True)
    assert value == pytest.approx(0.9)
    assert np.quantile(draws, 0.975) < value
    assert interval(draws, value, seeds=3)[1] == value


@pytest.mark.parametrize("high_is_good", [True, False])
@pytest.mark.parametrize("truth", [[0.9] * 9, [0.6, *[0.9] * 8]], ids=["all alike", "one worse"])
def test_the_worst_languages_interval_holds_the_truth(truth, high_is_good):
    """In a simulation. Where all languages are alike, the draws alone are an interval that hardly ever does."""
    rng = np.random.default_rng(2)
    held, by_draws, runs, prompts = 0, 0, 100, 48
    worst = min(truth) if high_is_good else 1 - min(truth)
    for run in range(runs):
        table = (rng.random((prompts, 9)) < truth).astype(float)
        table = table if high_is_good else 1 - table
        drawn, found = resampled_rates([table], resample([prompts], shared=True, draws=400, seed=run)), rates([table])
        value = float(statistic(found, "worst", high_is_good=high_is_good)[0])
        low, high = interval_of_worst(drawn, found, value, prompts=prompts, high_is_good=high_is_good)
        assert low <= value <= high
        held += low <= worst <= high
        low, high = interval(statistic(drawn, "worst", high_is_good=high_is_good), value, seeds=1, prompts=prompts)
        by_draws += low <= worst <= high
    assert held >= 93
    if truth[0] == truth[1]:
        assert by_draws < 50


def test_the_worst_of_one_language_has_the_interval_of_that_language():
    table = (np.arange(60) % 3 > 0).astype(float)[:, None]
    drawn, found = resampled_rates([table], resample([60], shared=True)), rates([table])
    value = float(found.item())
    expected = interval(statistic(drawn, "mean", high_is_good=True), value, seeds=1)
    assert interval_of_worst(drawn, found, value, prompts=60, high_is_good=True) == pytest.approx(expected)
    alike = np.ones((60, 4))
    drawn, found = resampled_rates([alike], resample([60], shared=True)), rates([alike])
    low, high = interval_of_worst(drawn, found, 1.0, prompts=60, high_is_good=True)
    assert (low, high) == (wilson(60, 60).low, 1.0)
