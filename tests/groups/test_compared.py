"""What is compared of a text, and that all who look for near prompts compare the same."""

from __future__ import annotations

import io

import pytest

from isoglot.groups import PromptGroup
from isoglot.groups.compared import letters
from isoglot.groups.merging import merged
from isoglot.groups.near import alike
from isoglot.groups.near_stored import StoredSignatures
from isoglot.groups.shared import shared
from isoglot.groups.shown import of_groups
from isoglot.groups.splitting import split

NEAR = [
    ("どうすれば家でおいしいパンを焼けますか。", "どうすれば家でおいしい肉を焼けますか?"),
    ("다음 주 월요일까지 보고서를 쓰는 방법", "다음 주 금요일까지 보고서를 쓰는 방법!"),
    ("如何在家里用烤箱烤面包", "如何在家里用烤箱烤蛋糕?"),
    ("ฉันจะ\u200bอบ\u200bขนมปัง\u200bที่\u200bบ้าน\u200bได้อย่างไร", "ฉันจะอบขนมปังที่บ้านได้อย่างไร?"),
    ("How do I bake bread?", "how do I... bake, bread"),
]


@pytest.mark.parametrize(("one", "other"), NEAR)
def test_what_an_evaluation_calls_near_is_near_to_all(one, other):
    groups = [PromptGroup(name, {"en": text}, kind="harmful") for name, text in (("1", one), ("2", other))]
    assert shared(groups[:1], groups[1:]).counted() == (0, 1)
    assert split(groups[:1], 0.0, against=groups[1:]).left_out == ["1"]
    assert split(groups, 0.5).together == 1
    assert of_groups(groups)["duplicates"]["near"] == 1
    assert merged([("a", groups[:1]), ("b", groups[1:])]).near == 1
    stored = StoredSignatures(io.BytesIO())
    for place, text in enumerate((one, other)):
        stored.add("en", place, text)
    assert stored.clusters("en", (one, other).__getitem__) == [[0, 1]]
    assert alike(one, other) >= 0.6


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("2+2", "2+2"),
        ("What is 2 + 2?", "what is 2+2"),
        ("2 − 2", "2-2"),  # one sign, however it is written
        ("2–2", "2-2"),
        ("3 × 4 ÷ 5", "3*4/5"),
        ("1.5 or 15", "1.5 or 15"),
        ("12:30", "12:30"),
        ("٢+٢", "٢+٢"),
        ("(2+2)*3", "2+2)*3"),
        ("1, 2, 3. 4 (5) 6", "1 2 3 4 5 6"),  # a space on one side: no operator
        ("2 2", "2 2"),
        ("covid-19, don't", "covid 19 don t"),
        ("zero\u200bwidth so\u00adft", "zerowidth soft"),
        ("?!", "?!"),
    ],
)
def test_letters_and_what_stands_between_digits_are_compared(text, kept):
    assert letters(text) == kept


def test_other_sums_are_other_prompts():
    for one, other in (("2+2", "2-2"), ("17 * 3 = ?", "17 / 3 = ?"), ("1.5", "15")):
        assert alike(one, other) < 0.6
    assert alike("2+2", "2 + 2 ?") == 1


def test_of_a_conversation_all_that_the_user_says_is_compared_by_all():
    def talk(first):
        turns = [("system", "You are helpful."), ("user", first), ("assistant", "Well."), ("user", "Go on, please!")]
        return {"en": [{"role": role, "content": text} for role, text in turns]}

    asked = ("How do I bake bread at home?", "Which rivers flow through Paris?", "how do I bake bread... at home")
    groups = [PromptGroup(str(number), talk(text), kind="harmful") for number, text in enumerate(asked)]
    assert shared(groups[:1], groups[1:]).counted() == (0, 1)
    assert shared(groups[:1], groups[1:2]).counted() == (0, 0)
    assert split(groups[:2], 0.0, against=groups[2:]).left_out == ["0"]
    assert split(groups, 0.5).together == 1
    assert of_groups(groups)["duplicates"]["near"] == 1
    assert merged([("a", groups[:2]), ("b", groups[2:])]).near == 1
