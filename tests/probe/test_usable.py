"""Which groups are compared, and what is said of those that are not."""

from __future__ import annotations

import pytest

from isoglot import PromptGroup, PromptGroups
from isoglot.errors import DataError
from isoglot.probe.usable import usable


def group(number, pivot="en", **prompts):
    return PromptGroup(id=str(number), pivot=pivot, prompts=prompts)


def test_groups_that_cannot_be_compared_are_counted():
    found = usable(
        PromptGroups(
            [
                group(0, en="one", de="eins"),
                group(1, en="two", de="zwei"),
                group(2, en="alone"),
                group(3, de="drei", ur="تین"),
                group(4, en="one", de="ein"),
                group(5, en=[{"role": "user", "content": "one"}], de="eins"),
                group(6, en=[{"role": "user", "content": "one"}], ur="ایک"),
            ]
        )
    )
    assert [one.id for one in found.groups] == ["0", "1", "5"]
    assert found.notes == [
        "Left out: 2 groups without a prompt in the pivot or without a translation.",
        "Left out: 2 groups whose prompt in en is that of another one.",
    ]
    assert found.pivot == "en"


def test_where_all_can_be_compared_nothing_is_said():
    assert not usable(PromptGroups([group(0, en="one", de="eins"), group(1, en="two", de="zwei")])).notes


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ([group(0, en="x", de="y")], r"got 1 of 1 \(en, de\)\. Add translations"),
        (
            [group(0, en="x", de="y"), group(1, en="v", de="w", pivot="de")],
            "groups: expected one pivot, got de, en. Probe one pivot's groups at a time",
        ),
        (
            [group(number, en="same", de=f"{number}") for number in range(3)],
            "got 1 of 3 .*3 have the same prompt in en: add other ones",
        ),
        ([group(number, de="x", ur="y") for number in range(3)], "got 0 of 3 .*Have en among the languages, or add"),
    ],
)
def test_what_cannot_be_probed_is_an_error(given, said):
    with pytest.raises(DataError, match=said):
        usable(PromptGroups(given))
