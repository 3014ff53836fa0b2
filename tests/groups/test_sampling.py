"""Draws: pure functions of seed, step, micro-step and rank."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isoglot.groups.sampling import Turn, sample_indices, sample_languages

small = st.integers(1, 12)
parts = st.integers(1, 3)


def stream(total, count, steps, seed, micro_steps=1, world_size=1):
    """Step by step, what all micro-steps and processes draw, in order."""
    return [
        [
            index
            for micro_step in range(micro_steps)
            for rank in range(world_size)
            for index in sample_indices(total, count, seed, Turn(step, micro_step, micro_steps, rank, world_size))
        ]
        for step in range(steps)
    ]


@given(total=st.integers(1, 40), count=small, micro=parts, world=parts, seed=st.integers(0, 5))
def test_every_group_comes_once_before_any_comes_twice(total, count, micro, world, seed):
    drawn = [index for step in stream(total, count, 8, seed, micro, world) for index in step]
    for start in range(0, len(drawn), total):
        epoch = drawn[start : start + total]
        assert len(set(epoch)) == len(epoch)


@given(total=st.integers(1, 40), count=small, micro=parts, world=parts, seed=st.integers(0, 5))
def test_no_draw_and_no_step_holds_a_group_twice(total, count, micro, world, seed):
    given_count = min(count, total)
    for step in stream(total, count, 12, seed, micro, world):
        draws = [step[start : start + given_count] for start in range(0, len(step), given_count)]
        assert all(len(set(draw)) == given_count for draw in draws)
        assert len(step) > total or len(set(step)) == len(step)


@given(total=st.integers(9, 60), micro=parts, world=parts, seed=st.integers(0, 5))
def test_micro_steps_and_processes_together_see_what_one_process_sees(total, micro, world, seed):
    assert stream(total, 1, 9, seed, micro, world) == stream(total, micro * world, 9, seed)


@given(total=small, count=small, step=st.integers(0, 50), micro=st.integers(0, 3), rank=st.integers(0, 3))
def test_the_same_turn_draws_the_same_whatever_was_drawn_before(total, count, step, micro, rank):
    turn = Turn(step, micro, 4, rank, 4)
    first = sample_indices(total, count, 1, turn)
    sample_indices(total, count, 2, Turn(step + 1))
    assert sample_indices(total, count, 1, turn) == first


def test_epochs_and_seeds_have_orders_of_their_own():
    (first, second), (other,) = stream(50, 50, 2, 0), stream(50, 50, 1, 1)
    assert sorted(first) == sorted(second) == sorted(other) == list(range(50))
    assert first != second
    assert first != other


def test_every_place_of_an_epoch_is_everyones_alike():
    """Keeping an epoch's beginning free of the end before does not favour anybody."""
    firsts = Counter(step[0] for seed in range(300) for step in stream(10, 3, 8, seed)[4:])
    assert max(firsts.values()) < 2 * min(firsts.values())  # 120 each, give or take 11


@pytest.mark.parametrize(("total", "count"), [(0, 4), (4, 0)])
def test_nothing_to_draw(total, count):
    assert sample_indices(total, count, 0, Turn(0)) == []


def test_languages_are_drawn_alike_and_the_pivot_always():
    tags = ["sw", "en", "zh", "ru", "ja"]
    counts = Counter()
    for step in range(2000):
        drawn = sample_languages(tags, "en", 3, 0, Turn(step))
        assert drawn[0] == "en"
        assert len(drawn) == len(set(drawn)) == 3
        counts.update(drawn)
    for tag in tags:  # each of the four others in half of the draws; 2000 draws vary by 22 (one sigma)
        assert counts[tag] == 2000 if tag == "en" else abs(counts[tag] - 1000) < 100
    assert sample_languages(tags, "en", None, 0, Turn(0)) == ["en", "sw", "zh", "ru", "ja"]


@pytest.mark.parametrize(("count", "expected"), [(1, 1), (0, 1), (9, 5)])
def test_as_many_languages_as_there_can_be(count, expected):
    assert len(sample_languages(["sw", "en", "zh", "ru", "ja"], "en", count, 0, Turn(3))) == expected
