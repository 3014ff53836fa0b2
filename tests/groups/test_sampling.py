"""Draws: pure functions of seed, step, micro-step and rank."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from isoglot.groups.sampling import Turn, sample_indices, sample_languages

small = st.integers(1, 12)


@given(total=small, count=small, steps=st.integers(1, 30), seed=st.integers(0, 5))
def test_every_group_comes_once_before_any_comes_twice(total, count, steps, seed):
    drawn = Counter()
    for step in range(steps):
        chosen = sample_indices(total, count, seed, Turn(step))
        assert len(chosen) == len(set(chosen)) == min(count, total)
        drawn.update(chosen)
    if total % count == 0:
        counts = [drawn[index] for index in range(total)]
        assert max(counts) - min(counts) <= 1


@given(total=small, count=small, step=st.integers(0, 50), micro=st.integers(0, 3), rank=st.integers(0, 3))
def test_the_same_turn_draws_the_same(total, count, step, micro, rank):
    turn = Turn(step, micro, 4, rank, 4)
    assert sample_indices(total, count, 1, turn) == sample_indices(total, count, 1, turn)


def test_micro_steps_and_processes_together_see_what_one_process_sees_in_turn():
    parts = [sample_indices(24, 2, 0, Turn(s, m, 2, r, 3)) for s in range(2) for m in range(2) for r in range(3)]
    assert sorted(index for part in parts for index in part) == list(range(24))


def test_another_seed_draws_in_another_order():
    assert sample_indices(50, 10, 0, Turn(0)) != sample_indices(50, 10, 1, Turn(0))


def test_nothing_to_draw_from():
    assert sample_indices(0, 4, 0, Turn(0)) == []


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
