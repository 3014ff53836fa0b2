"""Prompt groups: records, files of every shape, and what is said of bad rows."""

from __future__ import annotations

import json

import pytest

from isoglot import PromptGroup, PromptGroups
from isoglot.errors import DataError, MissingFileError

CHAT = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Habari?"}]
RECORD = {
    "id": "a-1",
    "pivot": "en",
    "kind": "harmful",
    "prompts": {"en": "Hello?", "sw": CHAT, "ckb": "سڵاو؟"},
    "category": "greeting",
    "weights": {"sw": 0.5},
    "provenance": {"sw": {"backend": "file", "checks": []}},
    "annotator": 7,
}


def jsonl(path, *records):
    lines = [record if isinstance(record, str) else json.dumps(record, ensure_ascii=False) for record in records]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_groups_join_by_plus():
    first = PromptGroups.from_columns({"en": ["a"]}, kind="harmful", ids=["1"])
    second = PromptGroups.from_columns({"en": ["b"], "sw": ["c"]}, kind="harmless", ids=["2"])
    both = first + second
    assert [group.id for group in both] == ["1", "2"]
    assert both.languages == ("en", "sw")
    with pytest.raises(DataError, match=r"unique ids, got '1' more than once\. Rename groups"):
        first + first


def test_parquet_keeps_what_only_later_groups_have(tmp_path):
    records = [
        {"id": "1", "prompts": {"en": "a"}},
        {
            "id": "2",
            "pivot": "sw",
            "kind": "harmless",
            "prompts": {"sw": "b", "zh": [{"role": "user", "content": "c"}]},
            "weights": {"zh": 0.5},
            "provenance": {"zh": {"backend": "x", "checks": ["echo"]}},
            "annotator": {"name": "n"},
        },
        {"id": "3", "prompts": {"en": "d"}, "provenance": {"zh": {"model": "m"}}, "annotator": {"age": 7}},
    ]
    groups = PromptGroups.from_dataset(records)
    again = PromptGroups.read(groups.write(tmp_path / "new" / "groups.parquet"))
    assert again == groups
    assert [group.to_record() for group in again] == [{"pivot": "en", **record} for record in records]


def test_parquet_that_cannot_hold_the_groups_says_so_and_leaves_nothing(tmp_path):
    mixed = [{"id": "1", "prompts": {"en": "a"}}, {"id": "2", "prompts": {"en": CHAT}}]
    with pytest.raises(DataError, match=r"one type each.*Write a .jsonl"):
        PromptGroups.from_dataset(mixed).write(tmp_path / "groups.parquet")
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_no_parquet_is_told(tmp_path):
    (tmp_path / "groups.parquet").write_text("no")
    with pytest.raises(DataError, match="Parquet"):
        PromptGroups.read(tmp_path / "groups.parquet")
    with pytest.raises(MissingFileError):
        PromptGroups.read(tmp_path / "none.parquet")


def test_a_list_of_records_is_read_too(tmp_path):
    path = tmp_path / "groups.json"
    path.write_text(json.dumps([RECORD, {"id": "b", "prompts": {"en": "x"}}], indent=1))
    assert [group.id for group in PromptGroups.read(path)] == ["a-1", "b"]


def test_a_key_given_twice_is_told(tmp_path):
    path = jsonl(tmp_path / "groups.jsonl", '{"id": "a", "prompts": {"en": "x", "en": "y"}}')
    with pytest.raises(DataError, match="line 1: expected each key once, got 'en' twice"):
        PromptGroups.read(path)


def test_the_shape_is_told_from_the_first_whole_record(tmp_path):
    record = {"prompt": [{"from": "human", "value": "Hello?"}]}
    with pytest.raises(DataError) as raised:
        PromptGroups.read(jsonl(tmp_path / "test.jsonl", "{broken", record))
    assert len(str(raised.value).splitlines()) == 1
    with pytest.raises(DataError, match=r"shape: expected one of .*Did you mean 'parquet'\?$"):
        PromptGroups.read(tmp_path / "test.jsonl", shape="parket")


def test_groups_without_their_pivot_tags_with_regions_and_carriage_returns(tmp_path):
    path = tmp_path / "groups.jsonl"
    path.write_bytes(b'\xef\xbb\xbf{"id": "a", "prompts": {"zh-Hant-TW": "x", "de-x-y": "z"}}\r\n\r\n')
    (group,) = PromptGroups.read(path)
    assert group.pivot == "en"
    assert PromptGroups([group]).languages == ("zh-Hant-TW", "de-x-y")


@pytest.mark.parametrize("name", ["groups.jsonl", "groups.parquet"])
def test_what_is_written_is_read_again(tmp_path, name):
    other = {"id": "a-2", "prompts": {"en": "Bye", "zh": "再见"}}
    groups = PromptGroups([PromptGroup.from_record(RECORD), PromptGroup.from_record(other)])
    if name.endswith("parquet"):  # a column has one type there
        groups = groups.select(languages=["en", "ckb", "zh"])
    again = PromptGroups.read(groups.write(tmp_path / name))
    assert again == groups
    assert again[0].extra == {"annotator": 7}
    assert again[1].prompts["zh"] == "再见"


def test_a_record_goes_there_and_back_with_unknown_keys():
    assert PromptGroup.from_record(RECORD).to_record() == RECORD


def test_every_bad_row_is_told_with_file_line_and_reason(tmp_path):
    path = jsonl(
        tmp_path / "groups.jsonl",
        RECORD,
        "{broken",
        {"id": "b", "prompts": {"en": "  ", "not a tag": "x"}},
        "",
        {"id": "a-1", "prompts": {"en": "again"}},
        {"id": 3, "prompts": [], "kind": "evil", "weights": {"en": -1}},
        "[1]",
        {"id": "c", "prompts": {"en": [{"role": "user"}]}},
    )
    with pytest.raises(DataError) as raised:
        PromptGroups.read(path)
    lines = str(raised.value).splitlines()
    assert [line.split(":")[0].removeprefix(f"{path}, ") for line in lines] == [
        "line 2",
        "line 3",
        "line 5",
        "line 6",
        "line 7",
        "line 8",
    ]
    assert "broken JSON" in lines[0]
    assert "prompts.en: expected some text" in lines[1]
    assert "'not a tag'" in lines[1]
    assert "'a-1' of line 1" in lines[2]
    for part in ("id:", "prompts:", "kind: expected harmful or harmless", "weights.en"):
        assert part in lines[3]
    assert "message 0" in lines[5]


@pytest.mark.parametrize(
    ("content", "what"), [(b"\xff\xfe\x00", "UTF-8"), (b"[1, 2", "JSON list"), (b"", "at least one prompt group")]
)
def test_files_that_are_none_are_told(tmp_path, content, what):
    path = tmp_path / "groups.json"
    path.write_bytes(content)
    with pytest.raises(DataError, match=what):
        PromptGroups.read(path)


def test_a_file_that_is_not_there_is_told(tmp_path):
    with pytest.raises(MissingFileError, match="nothing"):
        PromptGroups.read(tmp_path / "none.jsonl")
    with pytest.raises(DataError, match="shape"):
        PromptGroups.read(tmp_path, shape="xlsx")


def test_columns_and_data_sets():
    groups = PromptGroups.from_columns({"en": ["a", "b"], "sw": ["c", None]}, kind="harmless")
    assert [dict(group.prompts) for group in groups] == [{"en": "a", "sw": "c"}, {"en": "b"}]
    with pytest.raises(DataError, match="one length"):
        PromptGroups.from_columns({"en": ["a"], "sw": []})
    with pytest.raises(DataError, match="pivot"):
        PromptGroups.from_columns({"sw": ["a"]})
    with pytest.raises(DataError, match=r"one length.*'ids': 1"):
        PromptGroups.from_columns({"en": ["a", "b"]}, ids=["1"])
    with pytest.raises(DataError, match="line 2: id: expected a new one"):
        PromptGroups.from_columns({"en": ["a", "b"]}, ids=["1", "1"])
    with pytest.raises(DataError, match="columns: expected at least one"):
        PromptGroups.from_columns({"en": []})
    (group,) = PromptGroups.from_columns({"en": ["a"], "sw": [float("nan")]})
    assert group.languages == ("en",)
    from datasets import Dataset

    rows = [{"id": "1", "prompts": {"en": "a", "sw": "b"}}, {"id": "2", "prompts": {"en": "c", "sw": None}}]
    assert [dict(g.prompts) for g in PromptGroups.from_dataset(Dataset.from_list(rows))] == [
        {"en": "a", "sw": "b"},
        {"en": "c"},
    ]


def test_selection():
    groups = PromptGroups(
        [
            PromptGroup("1", {"en": "a", "sw": "b"}, kind="harmful"),
            PromptGroup("2", {"en": "c"}, kind="harmless"),
            PromptGroup("3", {"sw": "d"}),
            PromptGroup("4", {"en": "e"}, kind="harmful"),
        ]
    )
    assert [g.id for g in groups.select(kinds=["harmful"])] == ["1", "3", "4"]
    assert [g.id for g in groups.select(languages=["sw"])] == ["1", "3"]
    assert [g.id for g in groups.select(limit=1)] == ["1", "2", "3"]
    for wrong in (-1, 1.5, "2"):
        with pytest.raises(DataError, match="limit: expected a whole number >= 0, got "):
            groups.select(limit=wrong)
    assert [g.id for g in groups.select(without=["1"])] == ["2", "3", "4"]
    assert groups.languages == ("en", "sw")
    assert groups.select(kinds="harmless") == groups.select(kinds=["harmless"])
    assert groups.select(languages="sw") == groups.select(languages=["sw"])
    assert groups.select(without="1") == groups.select(without=["1"])
    with pytest.raises(DataError, match="languages: expected some of en, sw, got 'xx'"):
        groups.select(languages="xx")
    assert len(groups.select(kinds="all")) == 4
    with pytest.raises(DataError) as raised:
        groups.select(languages=["xx"], kinds="harm")
    assert "'xx'" in str(raised.value)
    assert "kinds: expected all, harmful or harmless, got 'harm'" in str(raised.value)
    with pytest.raises(DataError, match="unique"):
        PromptGroups([groups[0], groups[0]])


def test_one_tag_for_several_languages_is_taken_apart():
    prompts = {"en": "Hello?", "ku": "ناتوانم لەم داواکارییەدا یارمەتیت بدەم"}
    first = PromptGroup("1", prompts, weights={"ku": 0.5}, provenance={"ku": "x"})
    kurmanji = "Bibore, ez nikarim ji bo vê daxwazê alîkariya te bikim"
    second = PromptGroup("2", {"ku": kurmanji}, pivot="ku")
    third = PromptGroup("3", {"en": "Hello?"})
    fourth = PromptGroup("4", {"ku": "123", "en": "x"})
    found = PromptGroups([first, second, third, fourth]).relabel("ku", ["ckb", "kmr"])
    assert found[0] == PromptGroup(
        "1", {"en": "Hello?", "ckb": prompts["ku"]}, weights={"ckb": 0.5}, provenance={"ckb": "x"}
    )
    assert found[1] == PromptGroup("2", {"kmr": kurmanji}, pivot="kmr")
    assert list(found[2:]) == [third, fourth]


REAL = {
    "mlc-paper/pku_saferlhf_safety_test.jsonl": (180, 10),
    "mlc-paper/multilin-pku-saferlhf-alpaca3-8b-test-sft.json": (337, 10),
    "multijail/MultiJail.csv": (315, 10),
    "polyrefuse": (799, 14),
}


@pytest.mark.parametrize("name", REAL)
def test_real_files(data_folder, name):
    groups = PromptGroups.read(data_folder / name)
    assert (len(groups), len(groups.languages)) == REAL[name]
    assert all(group.pivot in group.prompts for group in groups)


def test_the_157_real_prompts_that_are_not_in_the_test(data_folder):
    test = PromptGroups.read(data_folder / "mlc-paper/pku_saferlhf_safety_test.jsonl")
    parallel = PromptGroups.read(data_folder / "mlc-paper/multilin-pku-saferlhf-alpaca3-8b-test-sft.json")
    seen = {group.prompts["en"] for group in test}
    assert sum(group.prompts["en"] not in seen for group in parallel) == 157


def test_the_papers_ku_is_taken_apart_and_nothing_of_the_real_files_is_lost(data_folder):
    groups = PromptGroups.read(data_folder / "mlc-paper/pku_saferlhf_safety_test.jsonl")
    apart = groups.relabel("ku", ["ckb", "kmr"])
    counts = [sum(tag in group.prompts for group in apart) for tag in ("ckb", "kmr", "ku")]
    assert counts == [134, 46, 0]
    assert all(set(group.extra) == {"chosen", "rejected"} for group in groups)


@pytest.mark.parametrize("suffix", ["jsonl", "parquet"])
@pytest.mark.parametrize("name", REAL)
def test_real_files_are_written_and_read_again(data_folder, tmp_path, name, suffix):
    groups = PromptGroups.read(data_folder / name)
    assert PromptGroups.read(groups.write(tmp_path / f"groups.{suffix}")) == groups
