"""A step dealt out over micro-steps and processes: what each has, and what each group counts."""

from __future__ import annotations

import pytest

from isoglot import Consistency
from isoglot.consistency.draw import draw_step, together
from isoglot.consistency.prompts import TermPrompts
from isoglot.groups.sampling import Turn


@pytest.mark.parametrize(("processes", "drawn"), [(1, 2), (3, 6)])
def test_within_a_budget_each_process_has_two_prompts_to_contrast_whatever_it_costs(
    tokenizer, groups, processes, drawn
):
    settings = Consistency(objective="info_nce", retention=0, budget=0.1)
    with pytest.warns(UserWarning, match="budget"):
        prompts = TermPrompts(groups, tokenizer, settings, between=True, training=10.0, processes=processes)
    assert prompts.limits.compared.groups == drawn
    for rank in range(processes):
        assert len(prompts.portion(Turn(3, 0, 1, rank, processes)).compared.groups) == 2


def test_without_a_budget_each_micro_step_of_each_process_has_two(tokenizer, groups):
    settings = Consistency(objective="info_nce", kinds="all", retention=0, budget=None)
    prompts = TermPrompts(groups, tokenizer, settings, between=True)
    turns = [Turn(1, micro, 3, rank, 2) for micro in range(3) for rank in range(2)]
    assert [len(prompts.portion(turn).compared.groups) for turn in turns] == [2] * 6


@pytest.mark.parametrize(("micro_steps", "processes"), [(1, 1), (1, 3), (2, 2), (3, 4)])
@pytest.mark.parametrize("count", [1, 5, 6])
def test_what_groups_count_sums_to_one_over_a_step(tokenizer, groups, micro_steps, processes, count):
    """Over micro-steps, as a mean; put together over processes, as each of these has all of it."""
    prompts = TermPrompts(groups, tokenizer, Consistency(groups_per_step=count))
    apart = whole = 0.0
    for micro in range(micro_steps):
        portions = prompts.portions(Turn(2, micro, micro_steps, 0, processes), range(processes))
        apart += sum(len(one.compared.groups) * one.compared.share for one in portions) / processes / micro_steps
        joined, _ = together(portions, prompts.languages)
        whole += len(joined.compared.groups) * joined.compared.share / micro_steps
        if joined.compared.groups:
            assert joined.compared.languages[0] == "en"
    assert apart == pytest.approx(1)
    assert whole == pytest.approx(1)


def test_put_together_the_pivot_is_first_wherever_it_stands_among_the_languages(tokenizer, groups):
    prompts = TermPrompts(groups, tokenizer, Consistency(groups_per_step=4))
    portions = prompts.portions(Turn(0, 0, 1, 0, 2), range(2))
    joined, _ = together(portions, sorted(prompts.languages, key="en".__eq__))  # the last
    for part, kind in zip(joined, ("harmful", "harmless"), strict=True):  # compared and guarded, in this order
        assert part.languages[0] == "en"
        assert set(part.languages) == set(prompts.languages)
        assert {group.kind for group in part.groups} == {kind}


def test_groups_of_one_step_are_drawn_in_different_languages(groups):
    """Else a step would know nothing of most languages, however many groups it has."""
    sets = []
    for step in range(20):
        drawn = draw_step(
            groups, groups.languages, Turn(step), groups_per_step=6, languages_per_step=2, pivots=True, seed=0
        )
        others = [tag for _, tag in drawn.cells if tag != "en"]
        assert len(others) == 6
        sets.append(len(set(others)))
    # Six of nine drawn with replacement: 9 (1 - (8/9)^6) = 4.56 different ones on average.
    assert sum(sets) / len(sets) == pytest.approx(4.56, abs=0.6)


@pytest.mark.parametrize("count", [1, 3])
def test_without_pivots_in_any_case_as_many_languages_are_drawn_and_each_as_often(groups, count):
    seen = dict.fromkeys(groups.languages, 0)
    for step in range(200):
        drawn = draw_step(
            groups, groups.languages, Turn(step), groups_per_step=3, languages_per_step=count, pivots=False, seed=0
        )
        assert len(drawn.cells) == 3 * count
        for _, tag in drawn.cells:
            seen[tag] += 1
    expected = 200 * 3 * count / len(groups.languages)
    assert all(times == pytest.approx(expected, abs=4 * expected**0.5) for times in seen.values())
