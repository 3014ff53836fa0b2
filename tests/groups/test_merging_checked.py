"""Sets joined of which one was checked: what the check says takes nothing from what the other says of the same text."""

from __future__ import annotations

import pytest

from isoglot import PromptGroups
from isoglot.groups import PromptGroup
from isoglot.groups.merging import merged

RULES, MODEL = "rules (isoglot 0.1.0)", "rules, x/LaBSE (isoglot 0.1.0)"


@pytest.mark.parametrize(
    ("ours", "theirs", "both"),
    [
        ({"checked": RULES}, {"backend": "nllb", "checks": ["kept"], "score": 0.6},
         {"checked": RULES, "backend": "nllb", "checks": ["kept"], "score": 0.6}),
        ({"checked": RULES}, {"backend": "nllb"}, {"checked": RULES, "backend": "nllb"}),
        ({"checked": RULES}, "by Amina", {"checked": RULES, "made": "by Amina"}),
        ({"checked": RULES}, {"checked": "by Ann"}, {"checked": RULES, "also_checked": "by Ann"}),
        ({"checked": RULES}, {"checked": MODEL}, {"checked": RULES}),
        ({"checked": RULES}, {"checked": MODEL, "checks": ["meaning"], "score": 0.6},
         {"checked": MODEL, "checks": ["meaning"], "score": 0.6}),  # not found by what the first names
        ({"checked": RULES}, None, {"checked": RULES}),
    ],
)  # fmt: skip
def test_that_a_text_has_passed_a_check_leaves_room_for_all_that_another_set_says_of_it(ours, theirs, both):
    texts = {"en": "How so?", "sw": "Vipi?"}
    first = PromptGroup("1", texts, provenance={"sw": ours})
    second = PromptGroup("1", texts, weights={"sw": 0.6}, provenance={} if theirs is None else {"sw": theirs})
    one = merged([("a", PromptGroups([first])), ("b", PromptGroups([second]))]).groups[0]
    assert (dict(one.weights), one.provenance) == ({"sw": 0.6}, {"sw": both})


def test_what_people_say_of_a_text_counts_with_its_own_weight():
    texts = {"en": "How so?", "sw": "Vipi?"}
    machine = PromptGroup("1", texts, weights={"sw": 0.6}, provenance={"sw": {"backend": "nllb"}})
    for said in ({"checked": "by Ann"}, {"checked": RULES, "also_checked": "by Ann"}):
        first = PromptGroup("1", texts, provenance={"sw": said})
        one = merged([("a", PromptGroups([first])), ("b", PromptGroups([machine]))]).groups[0]
        assert (dict(one.weights), one.provenance) == ({}, {"sw": said})


FOUND = {"checked": RULES, "checks": ["kept"], "score": 0.6}


@pytest.mark.parametrize(
    ("ours", "theirs", "weight", "both"),
    [
        (None, {"backend": "nllb"}, 0.9, {"backend": "nllb"}),
        (None, "by Amina", 0.9, "by Amina"),
        (None, {"checked": RULES}, 0.9, {"checked": RULES}),
        ({"checked": RULES}, {"backend": "nllb"}, 0.9, {"checked": RULES, "backend": "nllb"}),
        (None, {"backend": "nllb", **FOUND}, 0.6, {"backend": "nllb", **FOUND}),  # of which this is the weight
        (None, {"backend": "nllb", **FOUND}, 0.9, {"backend": "nllb"}),
        (None, {**FOUND, "also_checked": "by Ann"}, 0.9, {"also_checked": "by Ann"}),
        (None, FOUND, 0.9, None),
        ({"backend": "hf"}, {"made": "by Amina"}, 0.9, {"backend": "hf"}),
    ],
)
def test_a_weight_that_the_first_set_gives_takes_nothing_from_who_made_the_text(ours, theirs, weight, both):
    """What a check found beside another weight is no part of this one, and the next check would take it out of it."""
    texts = {"en": "How so?", "sw": "Vipi?"}
    first = PromptGroup("1", texts, weights={"sw": weight}, provenance={} if ours is None else {"sw": ours})
    second = PromptGroup("1", texts, weights={"sw": 0.6}, provenance={"sw": theirs})
    one = merged([("a", PromptGroups([first])), ("b", PromptGroups([second]))]).groups[0]
    assert (dict(one.weights), one.provenance.get("sw")) == ({"sw": weight}, both)
