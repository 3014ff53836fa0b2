"""Languages that are compared and have no harmless prompts: what the guard does not keep is said."""

from __future__ import annotations

import pytest

from isoglot import PromptGroups
from isoglot.consistency.prompts import parted
from isoglot.consistency.settings import Consistency
from isoglot.groups import PromptGroup

SAID = r"groups: expected harmless prompts in every language that is compared, got none in sw, th\. .*retention"


def groups(*harmless):
    harmful = [PromptGroup("a", dict.fromkeys(("en", "de", "sw"), "x"), kind="harmful")]
    harmful += [PromptGroup("b", dict.fromkeys(("en", "th"), "y"), kind="harmful")]
    return PromptGroups(
        [*harmful, *(PromptGroup(str(n), dict.fromkeys(tags, "z"), kind="harmless") for n, tags in enumerate(harmless))]
    )


def test_languages_without_harmless_prompts_are_named():
    with pytest.warns(UserWarning, match=SAID):
        parted(groups(("en", "de")), Consistency())


@pytest.mark.parametrize(
    ("harmless", "settings"),
    [
        ([("en", "de"), ("sw",), ("th", "yo")], {}),
        ([("en",)], {"retention": 0.0}),
        ([("en",), ("en",), ("en",)], {"retain": 0.5, "seed": 1}),
    ],
    ids=["one each, and one that is not compared", "no guard", "a share of all"],
)
def test_nothing_is_said_where_all_are_guarded_or_none_is_to_be(harmless, settings):
    parted(groups(*harmless), Consistency(**settings))  # warnings are errors
