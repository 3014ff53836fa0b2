"""Which layer is recommended, on numbers made up so that the answer is known."""

from __future__ import annotations

import numpy as np
import pytest

from isoglot.probe.choice import choose
from isoglot.probe.told_apart import told_apart

DRAWS = 200


def drawn(values, spread):
    """(1 + draws, ...): the values, and draws around them that move together, as those of the same prompts do."""
    rng = np.random.default_rng(0)
    values = np.asarray(values, float)
    together = rng.normal(0, spread, (DRAWS, *[1] * values.ndim))
    return np.concatenate([values[None], values + together + rng.normal(0, spread / 10, (DRAWS, *values.shape))])


def told(means, languages=4, spread=0.02):
    return drawn([[mean] * languages for mean in means], spread)


CONTRAST = drawn([-0.1, -0.3, -0.2, -0.25], 0.01)


def test_a_layer_that_tells_apart_less_is_left_out_however_it_lies():
    choice = choose(told([0.6, 0.9, 0.9, 0.895]), CONTRAST, pivot="en")
    assert choice.layer == 3
    assert "0.90; 0.90 at layer 2" in choice.reason or "0.90; 0.90 at layer 3" in choice.reason
    assert choice.near == 1.0


def test_a_layer_a_little_worse_is_kept_in():
    assert choose(told([0.898, 0.9, 0.9, 0.895]), CONTRAST, pivot="en").layer == 1


def test_near_counts_draws_that_pick_it_or_a_neighbour():
    contrast = drawn([-0.1, -0.3, -0.1, -0.3], 0.01)
    contrast[0, 0] += 1e-9
    contrast[1 : 1 + DRAWS // 4, 2] += 1
    contrast[1 + DRAWS // 4 :, 0] += 1
    assert choose(told([0.9] * 4), contrast, pivot="en").near == pytest.approx(0.75, abs=0.03)


def test_where_few_languages_are_told_apart_it_is_the_default():
    few = told([0.5, 0.5, 0.5, 0.5], languages=4)
    few[:, :, 0] += 0.4  # one of four
    choice = choose(few, CONTRAST, pivot="en")
    assert (choice.layer, choice.near) == (2, None)
    assert "in 1 of 4 other languages at best" in choice.reason
    few[:, :, 1] += 0.4
    assert choose(few, CONTRAST, pivot="en").near is not None


@pytest.mark.parametrize("languages", [1, 8])
def test_the_luckiest_of_many_layers_is_no_sign(languages):
    rng = np.random.default_rng(0)
    each, layers, chosen = 20, 30, 0
    times = np.concatenate([np.ones((1, 2 * each)), times_of_kinds(rng, each)])
    for _ in range(60):
        places = rng.normal(size=(layers, 2 * each, languages)) + rng.normal(size=(layers, 2 * each, 1))
        told_by_layer = [told_apart(one, np.arange(2 * each) < each, times).separability for one in places]
        chosen += choose(np.stack(told_by_layer, 1), np.zeros((len(times), layers)), pivot="en").layer != layers // 2
    assert chosen <= 60 * 0.1


def times_of_kinds(rng, each):
    return np.concatenate([rng.multinomial(each, np.full(each, 1 / each), size=DRAWS) for _ in range(2)], axis=1)


def test_near_draws_the_layers_that_are_as_good_too():
    told_apart_by = np.full((1 + DRAWS, 3, 1), 0.8)
    told_apart_by[1 : 1 + DRAWS // 2, 0] = 0.95  # in half of the draws the first alone is as good as any
    told_apart_by[1 + DRAWS // 2 :, 0] = 0.65
    told_apart_by[1:, 1:, 0] += np.random.default_rng(0).normal(0, 1e-3, (DRAWS, 2))
    contrast = drawn([-0.3, -0.2, -0.1], 1e-3)
    choice = choose(told_apart_by, contrast, pivot="en")
    assert choice.layer == 3
    assert choice.near == 1.0  # a draw whose best is the first by no more than chance keeps the third
    told_apart_by[1:, 0] = 0.95  # by more than what the draws lie apart
    assert choose(told_apart_by, contrast, pivot="en").near < 0.1


def test_a_language_that_lacks_a_kind_counts_nowhere():
    told_by = told([0.6, 0.9, 0.9, 0.895])
    without = np.concatenate([told_by, np.full((*told_by.shape[:2], 5), np.nan)], axis=2)
    assert choose(without, CONTRAST, pivot="en") == choose(told_by, CONTRAST, pivot="en")
    assert "no other language has prompts of both kinds" in choose(without[:, :, 4:], CONTRAST, pivot="en").reason


def test_the_same_prompts_in_all_draws_say_nothing_of_near():
    same = np.repeat(CONTRAST[:1], 1 + DRAWS, axis=0)
    assert choose(None, same, pivot="en").near is None


def test_with_prompts_of_one_kind_meaning_and_language_decide():
    choice = choose(None, CONTRAST, pivot="en")
    assert choice.layer == 1
    assert "fewer than two groups of a kind" in choice.reason
