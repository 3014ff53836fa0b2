"""Texts in little memory read as the dict that they were."""

from __future__ import annotations

import copy
import json
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isoglot import PromptGroup, PromptGroups
from isoglot.groups.packed import NOTHING, Packed, packed

TEXTS = st.dictionaries(st.text(max_size=5), st.text(st.characters(blacklist_categories=["Cs"])), max_size=8)


@given(TEXTS)
def test_it_is_the_dict_it_was_made_of(texts):
    one = Packed(texts)
    assert one == texts
    assert texts == one
    assert (list(one), len(one)) == (list(texts), len(texts))
    assert list(one.items()) == list(texts.items())
    assert list(one.values()) == list(texts.values())
    assert {name: one[name] for name in texts} == texts
    assert repr(one) == repr(texts)
    assert "none such" not in one
    assert one.get("none such") is None
    assert pickle.loads(pickle.dumps(one)) == copy.deepcopy(one) == one  # noqa: S301 - our own bytes
    assert hash(one) == hash(Packed(dict(reversed(texts.items()))))


def test_what_is_not_there_and_what_is_no_text():
    with pytest.raises(KeyError, match="sw"):
        Packed({"en": "a"})["sw"]
    chat = {"en": [{"role": "user", "content": "a"}]}
    assert packed(chat) is chat
    assert NOTHING == {}


def test_groups_keep_their_texts_packed_and_their_hash():
    """The hash is that of version 0.1.0 before texts were packed: runs are known by it."""
    records = [
        {"id": "a", "kind": "harmful", "prompts": {"sw": "Vipi?", "en": "How?", "ckb": "چۆن؟"}, "weights": {"sw": 0.5}},
        {"id": "b", "pivot": "zh", "prompts": {"zh": "怎么?", "en": [{"role": "user", "content": "How?"}]}},
    ]
    groups = PromptGroups.from_dataset(records)
    assert groups.fingerprint == "1667dc40b0bb9499"
    assert [type(group.prompts) for group in groups] == [Packed, dict]
    assert type(groups.select(languages=["en"])[0].prompts) is Packed
    by_hand = PromptGroups(
        [
            PromptGroup(r["id"], r["prompts"], r.get("pivot", "en"), r.get("kind"), weights=r.get("weights", {}))
            for r in records
        ]
    )
    assert by_hand == groups
    assert by_hand.fingerprint == groups.fingerprint
    assert json.loads(json.dumps(groups[0].to_record(), ensure_ascii=False)) == {"pivot": "en", **records[0]}
    assert pickle.loads(pickle.dumps(groups)) == groups  # noqa: S301 - our own bytes


def test_what_is_said_alike_of_many_cells_is_kept_once_and_cannot_be_changed_for_all_of_them(tmp_path):
    said = {"made": "Ann", "note": "بە دەست"}
    records = [{"id": name, "prompts": {"en": name, "sw": name * 2}, "provenance": {"sw": dict(said)}} for name in "ab"]
    first, second = PromptGroup.from_record(records[0]), PromptGroup.from_record(records[1])
    assert first.provenance["sw"] is second.provenance["sw"]
    with pytest.raises(TypeError, match="does not support item assignment"):
        first.provenance["sw"]["reviewer"] = "Ben"
    written = first.to_record()
    assert type(written["provenance"]["sw"]) is dict
    written["provenance"]["sw"]["reviewer"] = "Ben"  # a record is one's own
    assert first.provenance == second.provenance == {"sw": said}
    assert pickle.loads(pickle.dumps(first)) == copy.deepcopy(first) == first  # noqa: S301 - our own bytes
    groups = PromptGroups([first, second])
    for name in ("groups.jsonl", "groups.parquet"):
        assert PromptGroups.read(groups.write(tmp_path / name)) == groups
    assert PromptGroup.from_record(json.loads(json.dumps(first.to_record()))) == first


@pytest.mark.parametrize("said", [{"made": "half \ud83d"}, {"checks": ["kept"], "score": 0.6}, {}, "by Ann", None])
def test_what_is_said_in_another_form_stays_as_it_is(said):
    record = {"id": "a", "prompts": {"en": "a"}, "pivot": "en", "provenance": {"en": said}}
    group = PromptGroup.from_record(record)
    assert group.to_record() == record
    if isinstance(said, dict):
        group.to_record()["provenance"]["en"]["reviewer"] = "Ben"
        assert group.to_record() == record
