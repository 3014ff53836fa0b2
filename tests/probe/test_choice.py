"""Which layer is recommended, on numbers made up so that the answer is known."""

from __future__ import annotations

import numpy as np

from isoglot.probe.choice import choose

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
    assert choose(told([0.9] * 4), contrast, pivot="en").near == 0.75


def test_where_few_languages_are_told_apart_it_is_the_default():
    few = told([0.5, 0.5, 0.5, 0.5], languages=4)
    few[:, :, 0] += 0.4  # one of four
    choice = choose(few, CONTRAST, pivot="en")
    assert (choice.layer, choice.near) == (2, None)
    assert "in 1 of 4 other languages at best" in choice.reason
    few[:, :, 1] += 0.4
    assert choose(few, CONTRAST, pivot="en").near is not None


def test_with_prompts_of_one_kind_meaning_and_language_decide():
    choice = choose(None, CONTRAST, pivot="en")
    assert choice.layer == 1
    assert "fewer than two groups of a kind" in choice.reason
