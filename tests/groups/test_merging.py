"""Sets joined, and divided: what is one group, what two sets say differently, and what is never on both sides."""

from __future__ import annotations

import random

import pytest

from isoglot import PromptGroups
from isoglot.errors import ConfigError, DataError
from isoglot.groups import PromptGroup
from isoglot.groups.merging import merged
from isoglot.groups.near import alike
from isoglot.groups.shown import across
from isoglot.groups.splitting import split


def group(name, kind="harmful", **prompts):
    return PromptGroup(name, prompts, kind=kind)


def test_conversations_of_one_id_that_only_end_alike_are_two_groups():
    def talk(first):
        turns = ("user", first), ("assistant", "Well."), ("user", "Go on.")
        return [{"role": role, "content": text} for role, text in turns]

    sets = [(name, PromptGroups([group("1", en=talk(first))])) for name, first in (("a", "How so?"), ("b", "Who?"))]
    found = merged(sets)
    assert [one.id for one in found.groups] == ["1", "b/1"]
    assert across(sets) == {"same_id": 1, "same_pivot": 0}


def test_a_group_of_several_sets_gets_the_languages_of_all():
    first = PromptGroups([group("1", en="How so?", sw="Vipi?"), group("2", en="Who?")])
    second = PromptGroups(
        [
            PromptGroup(
                "1", {"en": "How so?", "ur": "?ur"}, category="c", weights={"en": 0.5, "ur": 0.2}, extra={"n": 1}
            ),
            group("2", en="Somebody else?"),
            group("3", en="who?", sw="Nani?"),
        ]
    )
    found = merged([("a", first), ("b", second)])
    assert [(one.id, dict(one.prompts)) for one in found.groups] == [
        ("1", {"en": "How so?", "sw": "Vipi?", "ur": "?ur"}),
        ("2", {"en": "Who?"}),
        ("b/2", {"en": "Somebody else?"}),
        ("3", {"en": "who?", "sw": "Nani?"}),
    ]
    one = found.groups[0]
    assert (one.kind, one.category, dict(one.weights), one.extra) == ("harmful", "c", {"en": 0.5, "ur": 0.2}, {"n": 1})
    assert (found.joined, found.added, found.renamed) == (1, 1, {"b/2": "2"})
    assert (found.repeated, found.near) == ([("2", "3")], 1)
    assert merged([("a", first), ("a", second), ("b", second)]).renamed == {"a/2": "2", "b/2": "2"}


def test_what_is_known_of_a_text_stays_with_it_and_goes_with_a_text_that_was_corrected():
    """A sheet in which people corrected a cell comes first, and does not hold weights or provenance."""
    sheet = PromptGroups([group("1", en="How so?", sw="Vipi?", ru="Почему?", bn="?bn")])
    machine = PromptGroup(
        "1",
        {"en": "How so?", "sw": "Vipi?", "ru": "Как так", "bn": "?bn"},
        weights={"sw": 0.6, "ru": 0.7, "bn": 0.8},
        provenance={"sw": {"backend": "nllb"}, "ru": {"backend": "nllb"}, "bn": {"backend": "nllb"}},
    )
    one = merged([("sheet", sheet), ("machine", PromptGroups([machine]))], prefer="first").groups[0]
    assert one.prompts["ru"] == "Почему?"
    assert dict(one.weights) == {"sw": 0.6, "bn": 0.8}
    assert dict(one.provenance) == {"sw": {"backend": "nllb"}, "bn": {"backend": "nllb"}}
    read = PromptGroups([PromptGroup("1", {"en": "How so?", "sw": "Vipi?"}, provenance={"sw": "a person"})])
    one = merged([("read", read), ("machine", PromptGroups([machine]))], prefer="first").groups[0]
    assert (one.weights.get("sw"), one.provenance["sw"]) == (None, "a person")  # its own word, and so its own weight


def test_a_difference_names_the_set_that_has_the_other_text():
    sets = [
        ("a", PromptGroups([PromptGroup("1", {"en": "How so?"})])),
        ("b", PromptGroups([group("1", en="How so?", sw="Vipi?")])),
        ("c", PromptGroups([group("1", kind="harmless", en="How so?", sw="Kwa nini?")])),
    ]
    with pytest.raises(DataError) as caught:
        merged(sets)
    said = [line.partition(". Correct")[0] for line in str(caught.value).splitlines()]
    assert said == [
        "c, group '1', prompts.sw: expected 'Vipi?' as in b, got 'Kwa nini?'",
        "c, group '1', kind: expected 'harmful' as in b, got 'harmless'",
    ]


def test_tags_of_one_language_are_one_language_under_the_first_sets_tag():
    """As `translate` takes them: zh-CN is what zh is written in; pt-BR and zh-Hant are others."""
    first = PromptGroups([group("1", en="How so?", zh="怎么会这样？", pt="Como?"), group("2", en="Who?", zh="谁？")])
    texts = {"eng": "Who?", "zh-CN": "谁？", "zh-Hant": "誰？", "pt-BR": "Quem?", "no": "Hvem?"}
    about = {"weights": {"zh-CN": 0.5}, "provenance": {"zh-CN": "by Li", "no": "by Kari"}}
    second = PromptGroups(
        [
            PromptGroup.from_record({"id": "2", "kind": "harmful", "prompts": texts, **about}),
            group("3", en="Why?", **{"zh-CN": "为什么？"}),
        ]
    )
    third = PromptGroups([group("2", en="Who?", nb="Hvem?"), group("4", en="When?", **{"zh-Hans": "什么时候？"})])
    found = merged([("a", first), ("b", second), ("c", third)])
    assert [tuple(one.prompts) for one in found.groups] == [
        ("en", "zh", "pt"), ("en", "zh", "zh-Hant", "pt-BR", "no"), ("en", "zh"), ("en", "zh"),
    ]  # fmt: skip
    two = found.groups[1]
    assert (dict(two.weights), dict(two.provenance)) == ({"zh": 0.5}, {"zh": "by Li", "no": "by Kari"})
    assert found.called == {"zh-CN": "zh", "nb": "no", "zh-Hans": "zh"}
    assert (found.joined, found.added, found.conflicts) == (1, 3, [])


def test_each_group_of_a_later_set_gets_the_first_sets_tags_whatever_its_other_groups_have():
    first = PromptGroups([group("1", en="How so?", zh="怎么会这样？")])
    second = PromptGroups(
        [
            group("2", en="Who?", **{"zh-CN": "谁？"}),
            group("3", en="Why?", **{"zh-Hans": "为什么？"}),
            group("4", en="When?", zh="什么时候？"),
            group("5", en="Where?", **{"zh-CN": "哪里？", "zh": "在哪里？"}),
            PromptGroup("6", {"en": "What?", "zh-CN": "什么？"}, weights={"zh-CN": 0.5, "zh": 0.7}),  # of two texts
        ]
    )
    found = merged([("a", first), ("b", second)])
    tags = [tuple(one.prompts)[1:] for one in found.groups]
    assert tags == [("zh",), ("zh",), ("zh",), ("zh",), ("zh-CN", "zh"), ("zh-CN",)]
    assert dict(found.groups[5].weights) == {"zh-CN": 0.5, "zh": 0.7}
    assert found.called == {"zh-CN": "zh", "zh-Hans": "zh"}
    # What comes first within a set decides nothing for the rest of it.
    assert merged([("b", PromptGroups(second[:2]))]).called == {}


def test_a_pivot_under_another_tag_of_its_language_is_the_same_pivot():
    first = PromptGroups([PromptGroup("1", {"zh": "谁？", "sw": "Nani?"}, pivot="zh")])
    second = PromptGroups([PromptGroup("1", {"zh-CN": "谁？", "de": "Wer?"}, pivot="zh-CN")])
    found = merged([("a", first), ("b", second)])
    assert [(one.pivot, dict(one.prompts)) for one in found.groups] == [
        ("zh", {"zh": "谁？", "sw": "Nani?", "de": "Wer?"})
    ]


def test_texts_of_one_language_that_differ_are_told_and_two_tags_within_a_set_stay_two():
    first = PromptGroups([group("1", en="Who?", zh="谁？")])
    told = r"b, group '1', prompts\.zh \(zh-CN in b\): expected '谁？' as in a, got '是谁？'"
    with pytest.raises(DataError, match=told):
        merged([("a", first), ("b", PromptGroups([group("1", en="Who?", **{"zh-CN": "是谁？"})]))])
    for tags in (("zh-CN", "zh"), ("zh-CN", "zh-Hans")):
        other = PromptGroups([group("2", en="Why?", **dict.fromkeys(tags, "为什么？"))])
        found = merged([("a", first), ("b", other)])
        assert (tuple(found.groups[1].prompts), found.called) == (("en", *tags), {})


def test_what_two_sets_say_differently_is_an_error_that_lists_it_or_the_first_counts():
    first = PromptGroups([group("1", en="How so?", sw="Vipi?")])
    second = PromptGroups([group("1", "harmless", en="How so?", sw="Kwa nini?")])
    with pytest.raises(DataError) as caught:
        merged([("a", first), ("b", second)])
    step = "Correct one, or keep the first with --prefer first."
    assert str(caught.value).splitlines() == [
        f"b, group '1', prompts.sw: expected 'Vipi?' as in a, got 'Kwa nini?'. {step}",
        f"b, group '1', kind: expected 'harmful' as in a, got 'harmless'. {step}",
    ]
    found = merged([("a", first), ("b", second)], prefer="first")
    assert (dict(found.groups[0].prompts), found.groups[0].kind) == ({"en": "How so?", "sw": "Vipi?"}, "harmful")
    assert len(found.conflicts) == 2


@pytest.fixture
def many():
    draw = random.Random(0)
    words = ["".join(draw.choices("abcdefghij", k=draw.randint(3, 8))) for _ in range(400)]
    made = []
    for number in range(300):
        text = " ".join(draw.choices(words, k=10))
        kind, category = ("harmful", "ab"[number % 2]) if number % 3 else ("harmless", None)
        made.append(PromptGroup(f"g{number}", {"en": text}, kind=kind, category=category))
        if number % 5 == 0:
            made.append(PromptGroup(f"g{number}n", {"en": f"{text} please"}, kind=kind, category=category))
    return made


def test_near_duplicates_are_on_one_side_and_strata_in_proportion(many):
    found = split(many, 0.2, by=["kind", "category"], seed=3)
    assert {one.id for one in found.train} | {one.id for one in found.test} == {one.id for one in many}
    assert len(found.train) + len(found.test) == len(many)
    nearest = max(alike(one.prompts["en"], other.prompts["en"]) for one in found.test for other in found.train)
    assert nearest < 0.6
    assert found.together == 60
    assert len(found.test) == pytest.approx(0.2 * len(many), abs=3)
    for train, test in found.strata.values():
        assert test / (train + test) == pytest.approx(0.2, abs=0.02)


def test_a_split_depends_on_seed_and_groups_and_on_no_order(many):
    def ids(groups, seed):
        return {one.id for one in split(groups, 0.2, seed=seed).test}

    shuffled = random.Random(7).sample(many, len(many))
    assert ids(many, 0) == ids(shuffled, 0)
    assert ids(many, 0) != ids(many, 1)


def test_what_is_near_another_set_is_in_neither_part(many):
    other = [group("x", en=many[0].prompts["en"].upper()), group("y", en="nothing like the others at all")]
    found = split(many, 0.0, against=other)
    assert found.left_out == ["g0", "g0n"]
    assert (len(found.test), len(found.train)) == (0, len(many) - 2)
    with pytest.raises(ConfigError) as caught:
        split(many, 1.0, by=["language"])
    assert len(str(caught.value).splitlines()) == 2


def test_test_groups_whose_translation_is_nearly_one_in_training_are_named():
    """Pivots decide the sides: one text that a backend gave for many prompts would tie all of these together."""
    verbs = [
        "wash the small dog today",
        "paint a fence in green",
        "sell an old bicycle abroad",
        "measure this long table",
    ]
    same = "Siwezi kutafsiri maandishi haya kwa sasa"
    groups = [PromptGroup(str(place), {"en": verb, "sw": same}, kind="harmless") for place, verb in enumerate(verbs)]
    found = split(PromptGroups(groups), 0.5)
    assert (len(found.train), len(found.test), found.together) == (2, 2, 0)
    assert sorted(found.near_training) == sorted(group.id for group in found.test)
    other = [PromptGroup(one.id, {"en": one.prompts["en"]}, kind="harmless") for one in groups]
    assert split(PromptGroups(other), 0.5).near_training == []
