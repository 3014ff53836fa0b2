"""What can be read and is most likely a mistake is said, with what it means; what is common is not."""

from __future__ import annotations

import json
import warnings

import pytest

from isoglot import PromptGroups


def heard(tmp_path, *records):
    path = tmp_path / "g.jsonl"
    path.write_text("".join(json.dumps({"id": str(n), **one}) + "\n" for n, one in enumerate(records)))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        PromptGroups.read(path)
    assert all(str(one.message).startswith(f"{path}: ") for one in caught)
    return [str(one.message).removeprefix(f"{path}: ") for one in caught]


def test_languages_with_the_pivots_texts(tmp_path):
    same, other = {"prompts": {"en": "a", "sw": "a", "zh": "b"}}, {"prompts": {"en": "a", "sw": "c", "zh": "a"}}
    (said,) = heard(tmp_path, same, same, other)
    assert said.startswith(
        "prompts: the same text as in the pivot in sw (2 of 3 groups). Such prompts are no translations"
    )
    assert heard(tmp_path, same, other) == []  # half of them are not most
    assert heard(tmp_path, {"prompts": {"sw": "a", "zh": "a"}}) == []  # there is no pivot
    chat = [{"role": "user", "content": "a"}]
    assert len(heard(tmp_path, {"prompts": {"en": chat, "sw": chat}})) == 1


def test_weights_that_are_all_0(tmp_path):
    prompts = {"en": "a", "sw": "b", "zh": "c"}
    (said,) = heard(tmp_path, {"prompts": prompts, "weights": {"sw": 0, "zh": 0.0, "en": 1}}, {"prompts": prompts})
    assert said.startswith("weights: all are 0 in 1 of 2 groups, which then take no part in the objective.")
    assert (
        heard(tmp_path, {"prompts": prompts, "weights": {"sw": 0}}, {"prompts": {"en": "a"}, "weights": {"en": 0}})
        == []
    )


def test_weights_of_languages_that_a_group_lacks(tmp_path):
    prompts = {"en": "a", "zh-CN": "b"}
    (said,) = heard(tmp_path, {"prompts": prompts, "weights": {"zh": 2, "zh-CN": 1}}, {"prompts": prompts})
    assert "languages that their group lacks, and change nothing: zh (1 groups). Look for tags" in said
    many = {"prompts": prompts, "weights": {f"x{letter}": 1 for letter in "abcdefgh"}}
    assert heard(tmp_path, many)[0].count("(1 groups)") == 5


@pytest.mark.parametrize("name", ["multijail/MultiJail.csv", "polyrefuse", "mlc-paper/pku_saferlhf_safety_test.jsonl"])
def test_real_files_are_not_odd(data_folder, name):
    PromptGroups.read(data_folder / name)  # a warning would be an error


def test_keys_that_are_nearly_those_of_fields(tmp_path):
    prompts = {"prompts": {"en": "a", "sw": "b"}}
    (said,) = heard(tmp_path, prompts | {"kinds": "harmless"}, prompts | {"kinds": "harmful", "Weights": {"sw": 0}})
    assert said == (
        "taken for other data: kinds (kind? in 2 groups), Weights (weights? in 1 groups). Correct the key if the field "
        "is meant."
    )
    assert heard(tmp_path, prompts | {"kind": "harmful", "kinds": ["x"], "topic": 1, "source_id": 7}) == []


def test_two_tags_of_one_language_are_told_and_tags_of_two_are_not(tmp_path):
    texts = {"en": "Where?", "zh": "房子在哪里？", "zh-Hant": "房子在哪裡？", "pt": "Onde?", "pt-BR": "Onde fica?"}
    assert heard(tmp_path, {"prompts": texts}, {"prompts": {"en": "Why?", "zh-CN": "为什么会这样？"}}) == [
        "prompts: zh and zh-CN are one language, in 1 and 1 groups: training and tables take them for two. "
        "Give both one tag."
    ]


def test_two_tags_of_one_language_in_two_files_are_told(tmp_path):
    for name, tag in (("a", "zh"), ("b", "zh-CN")):
        line = json.dumps({"id": name, "prompts": {"en": f"Where is {name}?", tag: f"{name}在哪里？"}})
        (tmp_path / f"{name}.jsonl").write_text(line + "\n")
    with pytest.warns(UserWarning, match="zh and zh-CN are one language, in 1 and 1 groups"):
        PromptGroups.read([tmp_path / "a.jsonl", tmp_path / "b.jsonl"])
