"""Prompt groups: records, files of every shape, and what is said of bad rows."""

from __future__ import annotations

import csv
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


def test_the_papers_test_file_shape(tmp_path):
    def said(text):
        return [{"from": "human", "value": text}]

    record = {"prompt": said("Hello?"), "prompt_sw": said("Habari?"), "prompt_en": said("Hello?")}
    record |= {"chosen": {"from": "gpt", "value": "Good."}, "rejected": {"from": "gpt", "value": "Bad."}}
    groups = PromptGroups.read(jsonl(tmp_path / "test.jsonl", record))
    assert dict(groups[0].prompts) == {"en": "Hello?", "sw": "Habari?"}
    assert groups[0].kind == "harmful"
    assert groups[0].extra == {"chosen": "Good.", "rejected": "Bad."}


def test_the_papers_parallel_shape(tmp_path):
    path = tmp_path / "parallel.json"
    items = [{"instruction": "Hello?", "output": "Hi.", "prompt_sw": "Habari?"}, "no object"]
    path.write_text(json.dumps(items[:1]))
    assert dict(PromptGroups.read(path)[0].prompts) == {"en": "Hello?", "sw": "Habari?"}
    path.write_text(json.dumps(items))
    with pytest.raises(DataError, match="line 2: expected an object, got str"):
        PromptGroups.read(path)


def test_multijails_csv_with_mark_newlines_and_tags(tmp_path):
    path = tmp_path / "MultiJail.csv"
    with open(path, "w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "source", "tags", "en", "sw"])
        writer.writerow(["7", "x", "['weapons', 'theft']", "one\ntwo", "moja"])
        writer.writerow(["8", "x", "", "three", ""])
        writer.writerow(["9", "x", ""])
    with pytest.raises(DataError) as raised:
        PromptGroups.read(path)
    lines = str(raised.value).splitlines()
    assert "line 4" in lines[0]
    assert "prompts.sw" in lines[0]
    assert "line 5" in lines[1]
    with open(path, "w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows([["id", "source", "tags", "en", "sw"], ["7", "x", "['a', 'b']", "one\ntwo", "moja"]])
    group = PromptGroups.read(path)[0]
    assert group.prompts["en"] == "one\ntwo"
    assert group.category == "a; b"


def test_polyrefuses_folder_is_parallel_by_position(tmp_path):
    def part(name, items):
        (tmp_path / name).write_text(json.dumps(items))

    part("harmful_train_translated_en.json", [{"instruction": "a"}, {"instruction": "b"}])
    part("harmful_train_translated_yo.json", [{"instruction": "c"}])
    part("harmless_test_translated_en.json", [{"instruction": "d"}])
    part("harmless_test_translated_yo.json", [{"instruction": "d", "instruction_translated": "e"}])
    groups = PromptGroups.read(tmp_path)
    assert [(group.kind, dict(group.prompts)) for group in groups] == [
        ("harmful", {"en": "a", "yo": "c"}),
        ("harmful", {"en": "b"}),
        ("harmless", {"en": "d", "yo": "e"}),
    ]


def test_columns_and_data_sets():
    groups = PromptGroups.from_columns({"en": ["a", "b"], "sw": ["c", None]}, kind="harmless")
    assert [dict(group.prompts) for group in groups] == [{"en": "a", "sw": "c"}, {"en": "b"}]
    with pytest.raises(DataError, match="one length"):
        PromptGroups.from_columns({"en": ["a"], "sw": []})
    with pytest.raises(DataError, match="pivot"):
        PromptGroups.from_columns({"sw": ["a"]})
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
    assert [g.id for g in groups.select(without=["1"])] == ["2", "3", "4"]
    assert groups.languages == ("en", "sw")
    with pytest.raises(DataError, match="'xx'"):
        groups.select(languages=["xx"])
    with pytest.raises(DataError, match="unique"):
        PromptGroups([groups[0], groups[0]])


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
