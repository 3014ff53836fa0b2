"""Other people's files: each shape made small, and what is said of rows that do not fit."""

from __future__ import annotations

import csv
import json

import pytest

from isoglot import PromptGroups
from isoglot.errors import DataError, MissingFileError


def jsonl(path, *records):
    path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    return path


def test_the_papers_test_file_shape(tmp_path):
    def said(text):
        return [{"from": "human", "value": text}]

    record = {"prompt": said("Hello?"), "prompt_sw": said("Habari?"), "prompt_en": said("Hello?")}
    record |= {"chosen": {"from": "gpt", "value": "Good."}, "rejected": {"from": "gpt", "value": "Bad."}, "note": 3}
    groups = PromptGroups.read(jsonl(tmp_path / "test.jsonl", record))
    assert dict(groups[0].prompts) == {"en": "Hello?", "sw": "Habari?"}
    assert groups[0].kind == "harmful"
    assert groups[0].extra == {"chosen": "Good.", "rejected": "Bad.", "note": 3}


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


def test_polyrefuse_tells_what_is_not_parallel(tmp_path):
    def part(name, items):
        (tmp_path / f"{name}.json").write_text(json.dumps(items))

    part("harmless_test_translated_en", [{"instruction": "a"}, {"instruction": "b"}])
    part("harmless_test_translated_zh-Hant", [{"instruction": "a", "instruction_translated": "x"}] * 3)
    with pytest.raises(DataError) as raised:
        PromptGroups.read(tmp_path)
    first, second = str(raised.value).splitlines()
    assert "zh-Hant.json, line 2: expected the translation of English prompt 2" in first
    assert "zh-Hant.json, line 3: expected 2 prompts as in English" in second
    (tmp_path / "harmless_test_translated_en.json").unlink()
    with pytest.raises(DataError, match=r"harmless_test_translated_en.json next to"):
        PromptGroups.read(tmp_path)


def test_a_folder_without_such_files_is_told(tmp_path):
    with pytest.raises(DataError, match="harmful_<part>"):
        PromptGroups.read(tmp_path, shape="polyrefuse")
    with pytest.raises(MissingFileError):
        PromptGroups.read(tmp_path / "none", shape="polyrefuse")


def test_a_csv_keeps_other_columns_and_must_have_languages(tmp_path):
    path = tmp_path / "prompts.csv"
    path.write_text('id,en,sw,notes\n\n1,"a\nb",c,seen\n2,d,,\n3,, ,\n')
    with pytest.warns(UserWarning, match=r"empty cells: sw \(1\)"), pytest.raises(DataError) as caught:
        PromptGroups.read(path, kind="harmful")
    assert "line 6: prompts.en: expected some text" in str(caught.value)
    path.write_text("id,en,sw\n1,a,b\n2,d,\n3,e, \n")
    with pytest.warns(UserWarning, match=r"empty cells: sw \(2\). These groups lack the language"):
        found = PromptGroups.read(path, kind="harmful")
    assert [group.languages for group in found] == [("en", "sw"), ("en",), ("en",)]
    path.write_text('id,en,sw,notes\n1,"a\nb",c,seen\n')
    (group,) = PromptGroups.read(path, kind="harmful")
    assert group.extra == {"notes": "seen"}
    assert group.category is None
    path.write_text("english,swahili\na,b\n")
    with pytest.raises(DataError, match="named by language tags, got english, swahili"):
        PromptGroups.read(path)


@pytest.mark.parametrize("header", ["kind,en,sw", "id,source,tags,en,sw"])
def test_a_large_cell_of_a_csv_is_read_as_a_long_line_of_json_is(tmp_path, header):
    path, before = tmp_path / "prompts.csv", csv.field_size_limit()
    long, starts = "x" * 200_000, ["1,s,[]", "2,s,[]"] if header.startswith("id") else ["harmful"] * 2
    rows = [f"{start},{cell},b" for start, cell in zip(starts, (long, "a"), strict=True)]
    path.write_text("\n".join([header, *rows]) + "\n")
    assert [dict(group.prompts) for group in PromptGroups.read(path)] == [
        {"en": long, "sw": "b"},
        {"en": "a", "sw": "b"},
    ]
    path.write_text(f'{header}\n{rows[1]}\n"{long}\n' + "a,b,c\n" * 50_000)
    with pytest.raises(DataError, match="line 3: expected CSV, got unexpected end of data"):
        PromptGroups.read(path)
    assert csv.field_size_limit() == before


def test_of_lists_that_are_parallel_a_bad_item_costs_its_own_place_only(tmp_path):
    def part(tag, *items):
        (tmp_path / f"harmful_train_translated_{tag}.json").write_text(f"[{', '.join(items)}]")

    good, bad = '{"instruction": "a"}', r'{"instruction": "\ud800"}'
    part("en", good, bad, good, good)
    other = '{"instruction": "c"}'
    part("yo", other, other, bad, other)
    with pytest.raises(DataError) as raised:
        PromptGroups.read(tmp_path)
    first, second = str(raised.value).splitlines()
    assert "translated_en.json, line 2: expected whole characters" in first
    assert "translated_yo.json, line 3: expected whole characters" in second
    with pytest.warns(UserWarning, match="2 of 5 rows left out"):
        groups = PromptGroups.read(tmp_path, skip_bad_rows=True)
    assert [(group.id[-4:], sorted(group.prompts)) for group in groups] == [
        ("0001", ["en", "yo"]),
        ("0003", ["en"]),
        ("0004", ["en", "yo"]),
    ]


def test_a_list_of_the_papers_parallel_shape_goes_on_after_a_bad_item(tmp_path):
    path = tmp_path / "parallel.json"
    path.write_text(r'[{"instruction": "a"}, {"instruction": "\ud800"}, {"instruction": "b", "prompt_sw": "c"}]')
    with pytest.warns(UserWarning, match="1 of 3 rows left out"):
        groups = PromptGroups.read(path, skip_bad_rows=True)
    assert [group.id for group in groups] == ["pku-0001", "pku-0003"]
