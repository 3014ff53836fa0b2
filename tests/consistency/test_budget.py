"""What a step draws within the budget: against a search over all draws, and what is said of the cost."""

from __future__ import annotations

import pytest

from isoglot import Consistency, PromptGroup
from isoglot.consistency.budget import LANGUAGES, Limits, limits

TAGS = ("en", "de", "sw", "th", "zh", "ar")
LENGTH = {"en": 10, "de": 12, "sw": 14, "th": 30, "zh": 11, "ar": 18}
OTHERS = sum(LENGTH[tag] for tag in TAGS[1:]) / 5


def made(count, kind, tags=TAGS):
    return [
        PromptGroup(id=f"{kind}{place}", pivot="en", kind=kind, prompts=dict.fromkeys(tags, "?"))
        for place in range(count)
    ]


def fitted(training, *, compared=20, guarded=20, least=1, tags=TAGS, **settings):
    parts = (made(compared, "harmful", tags), made(guarded, "harmless", tags) if guarded else [])
    return limits(Consistency(**settings), parts, lambda cell: LENGTH[cell[1]], training, least=least)


def cost(groups, languages, parts=2):
    return parts * groups * (LENGTH["en"] + (languages - 1) * OTHERS)


@pytest.mark.parametrize("training", [150, 400, 900, 1500, 3000, 100_000])
@pytest.mark.parametrize("budget", [0.3, 0.5, 0.8])
def test_the_draw_is_the_largest_that_fits(training, budget):
    found = fitted(training, budget=budget)
    groups, languages = found.groups, found.languages or len(TAGS)
    allowed = training * budget / (1 - budget)
    assert found.tokens == pytest.approx(cost(groups, languages))
    if cost(1, 2) <= allowed:
        assert found.tokens <= allowed
        assert found.share <= budget + 1e-9
        assert groups == 8 or cost(groups + 1, max(languages, min(LANGUAGES, len(TAGS)))) > allowed
        assert languages == len(TAGS) or cost(groups, languages + 1) > allowed
    else:
        assert (groups, languages) == (1, 2)


def test_without_a_budget_or_where_the_training_is_not_known_all_is_drawn():
    assert fitted(100.0, budget=None)[:2] == (None, None)
    assert fitted(None, budget=0.5)[:2] == (None, None)
    assert fitted(None, budget=0.5).share is None
    assert fitted(100.0, budget=None).tokens == pytest.approx(cost(8, len(TAGS)))


def test_what_the_settings_say_stays():
    assert fitted(100.0, budget=0.5, groups_per_step=5).groups == 5
    assert fitted(100.0, budget=0.5, languages_per_step=3).languages == 3
    both = fitted(100.0, budget=0.5, groups_per_step=5, languages_per_step=3)
    assert both[:2] == (5, 3)
    assert both.tokens == pytest.approx(cost(5, 3))


def test_as_many_groups_as_the_processes_need_whatever_it_costs():
    found = fitted(100.0, budget=0.5, least=12)
    assert (found.groups, found.languages) == (12, 2)
    assert found.share > 0.5


def test_one_part_has_the_budget_to_itself():
    alone, both = fitted(800, budget=0.5, guarded=0, retention=0.0), fitted(800, budget=0.5)
    assert alone.groups > both.groups
    assert alone.tokens <= 800


def test_fewer_groups_than_a_draw_cost_what_there_is():
    assert fitted(100_000, budget=0.5, compared=3).tokens == pytest.approx(cost(3, 6, 1) + cost(8, 6, 1))


def test_the_share_is_of_the_whole_step():
    assert Limits(1, 2, 300.0, 100.0).share == 0.75
