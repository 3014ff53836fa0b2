"""What a step draws within the budget: against a search over all draws, and what is said of the cost."""

from __future__ import annotations

import pytest

from isoglot import Consistency, PromptGroup
from isoglot.consistency.budget import GUARD, LANGUAGES, LOOKED_AT, Limits, Part, excess, limits
from isoglot.consistency.draw import draw_step
from isoglot.groups.sampling import Turn

TAGS = ("en", "de", "sw", "th", "zh", "ar")
LENGTH = {"en": 10, "de": 12, "sw": 14, "th": 30, "zh": 11, "ar": 18}
OTHERS = sum(LENGTH[tag] for tag in TAGS[1:]) / 5


def made(count, kind, tags=TAGS):
    return [
        PromptGroup(id=f"{kind}{place}", pivot="en", kind=kind, prompts=dict.fromkeys(tags, "?"))
        for place in range(count)
    ]


def fitted(training, *, compared=20, guarded=20, least=1, tags=TAGS, **settings):
    settings = {"retention": 1.0 if guarded else 0.0} | settings
    return limits(
        Consistency(**settings),
        made(compared, "harmful", tags),
        made(guarded, "harmless", tags),
        lambda cell: LENGTH[cell[1]],
        training,
        least=least,
    )


ANY = sum(LENGTH.values()) / len(LENGTH)


def cost(groups, languages):
    return groups * (LENGTH["en"] + (languages - 1) * OTHERS)


WHOLE = 2 * cost(8, len(TAGS))


@pytest.mark.parametrize("training", [150, 400, 900, 1500, 3000, 100_000])
@pytest.mark.parametrize("budget", [0.3, 0.5, 0.8])
def test_the_draw_is_the_largest_that_fits(training, budget):
    found = fitted(training, budget=budget)
    allowed = training * budget / (1 - budget)
    if allowed >= WHOLE:
        assert found[:2] == (Part(None, None), Part(None, None))
        assert found.tokens == pytest.approx(WHOLE)
        return
    groups, languages = found.compared[:2]
    guard = found.guarded.groups * found.guarded.languages * ANY
    assert found.tokens == pytest.approx(cost(groups, languages) + guard)
    assert not found.guarded.pivots
    if cost(1, 2) + ANY > allowed:
        assert (groups, languages, found.guarded.groups) == (1, 2, 1)
        return
    assert found.tokens <= allowed
    assert found.share <= budget + 1e-9
    assert guard <= GUARD * allowed or found.guarded.groups == 1
    assert groups == 8 or cost(groups + 1, min(languages, LANGUAGES)) + guard > allowed
    assert languages == len(TAGS) or cost(groups, languages + 1) + guard > allowed


def test_guarded_prompts_are_of_as_many_groups_as_there_are():
    assert fitted(1500, budget=0.5).guarded.groups == 20
    few = fitted(1000, budget=0.5, guarded=4).guarded
    assert (few.groups, few.languages) == (4, 5)


def test_without_a_budget_or_where_the_training_is_not_known_all_is_drawn():
    for found in (fitted(100.0, budget=None), fitted(None, budget=0.5)):
        assert found[:2] == (Part(None, None), Part(None, None))
        assert found.tokens == pytest.approx(WHOLE)
    assert fitted(None, budget=0.5).share is None


def test_what_the_settings_say_stays():
    for settings in (
        {"groups_per_step": 5},
        {"languages_per_step": 3},
        {"groups_per_step": 5, "languages_per_step": 3},
    ):
        found = fitted(100.0, budget=0.5, **settings)
        for name, value in settings.items():
            assert getattr(found.compared, name.removesuffix("_per_step")) == value
        assert found.guarded == found.compared
    assert found.tokens == pytest.approx(2 * cost(5, 3))


def test_whole_prompts_are_guarded_where_they_are_kept_apart():
    found = fitted(400.0, budget=0.5, separation=1.0)
    assert found.guarded == found.compared


def test_as_many_groups_as_the_processes_need_whatever_it_costs():
    found = fitted(100.0, budget=0.5, least=12)
    assert found.compared[:2] == (12, 2)
    assert found.guarded.groups == 12
    assert found.share > 0.5


def test_one_part_has_the_budget_to_itself():
    alone, both = fitted(300, budget=0.5, guarded=0), fitted(300, budget=0.5)
    assert alone.compared.groups > both.compared.groups
    assert alone.tokens <= 300


def test_fewer_groups_than_a_draw_cost_what_there_is():
    assert fitted(100_000, budget=0.5, compared=3).tokens == pytest.approx(cost(3, 6) + cost(8, 6))


def unequal(kind):
    """Groups in six languages, in two, and in three: of the harmless ones these lack their pivot."""
    few = ("th", "sw", "ar") if kind == "harmless" else ("en", "th", "sw")
    every = [made(6, kind, TAGS), made(6, f"{kind} two", ("en", "de")), made(6, f"{kind} few", few)]
    return [group for groups in zip(*every, strict=True) for group in groups]


@pytest.mark.parametrize("settings", [{"budget": 0.5}, {"budget": 0.3}, {"budget": None}, {"languages_per_step": 3}])
def test_tokens_are_those_of_the_draws_on_average_where_groups_are_in_few_and_in_many_languages(settings):
    parts = unequal("harmful"), unequal("harmless")
    found = limits(Consistency(**settings), *parts, lambda cell: LENGTH[cell[1]], 500.0)
    tokens, steps = 0, 360
    for groups, part in zip(parts, found[:2], strict=True):
        for step in range(steps):
            drawn = draw_step(
                groups,
                TAGS,
                Turn(step),
                groups_per_step=part.groups,
                languages_per_step=part.languages,
                pivots=part.pivots,
                seed=0,
            )
            tokens += sum(LENGTH[tag] for _, tag in drawn.cells)
    assert found.tokens == pytest.approx(tokens / steps, rel=0.02)


def test_prompts_are_counted_from_the_first_group_to_the_last():
    groups = made(2 * LOOKED_AT - 1, "harmful", ("en", "de"))
    lengths = {group.id: place for place, group in enumerate(groups)}  # a file that is sorted by length
    settings = Consistency(retention=0, groups_per_step=1, languages_per_step=2)
    found = limits(settings, groups, [], lambda cell: lengths[cell[0].id], 500.0)
    assert found.tokens == pytest.approx(2 * sum(lengths.values()) / len(groups), rel=0.03)


def test_the_share_is_of_the_whole_step():
    assert Limits(Part(1, 2), Part(1, 2), 300.0, 100.0).share == 0.75


def test_the_smallest_draw_may_be_over_the_budget_and_that_is_said():
    found = fitted(5)
    told = excess(Consistency(), found)
    assert told.startswith(f"consistency.budget: expected at most 0.5 of a step's tokens, got {found.share:.2f} with")
    assert found.share > 0.5
    assert "beside 5)" in told
    assert excess(Consistency(), fitted(400)) == ""
    least = found.tokens
    assert excess(Consistency(), found._replace(training=least / 1.1)) == ""
    assert excess(Consistency(), found._replace(training=least / 1.3)) != ""
    assert excess(Consistency(), fitted(None)) == ""
    assert excess(Consistency(budget=None), fitted(5, budget=None)) == ""
    chosen = {"groups_per_step": 4}
    assert excess(Consistency(**chosen), fitted(5, **chosen)) == ""
