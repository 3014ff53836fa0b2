"""Forms in which people have their prompts: packed, with tabs, saved by datasets, with languages by name."""

from __future__ import annotations

import bz2
import json
import lzma

import pytest

from isoglot import PromptGroups
from isoglot.errors import DataError

ROWS = [
    {"id": "1", "en": "Who are you?", "ar": "من أنت؟", "kind": "harmless"},
    {"id": "2", "en": "Where am I?", "ar": "أين أنا؟", "kind": "harmless"},
]


def said_of(path, **options) -> str:
    with pytest.raises(DataError) as caught:
        PromptGroups.read(path, **options)
    return str(caught.value)


def test_another_kind_of_file_is_named_as_what_it_is(tmp_path):
    for content, what in (
        (b"PAR1\xff", "a Parquet file"),
        (b"PK\x03\x04\xff", "a zip archive"),
        (b"\x28\xb5\x2f\xfd\x04", "a file packed by zstd. Unpack it, as by zstd -d, or pack it by gzip."),
        (bz2.compress(b"{}"), "a file packed by bzip2"),
        (lzma.compress(b"{}"), "a file packed by xz"),
    ):
        (tmp_path / "it.jsonl").write_bytes(content)
        assert f"got {what}" in said_of(tmp_path / "it.jsonl")


def test_cells_may_have_tabs_between_them_whatever_the_name(tmp_path):
    path = tmp_path / "copied.csv"
    path.write_text("\n".join("\t".join(row.values()) for row in [{k: k for k in ROWS[0]}, *ROWS]), encoding="utf-8")
    assert [group.prompts["ar"] for group in PromptGroups.read(path)] == [row["ar"] for row in ROWS]


def test_rows_of_something_else_say_what_they_have(tmp_path):
    path = tmp_path / "wrapped.json"
    path.write_text(json.dumps({"data": ROWS, "info": ""}))
    said = "expected a group, with id and prompts, got the fields data, info. Correct the row or remove it."
    assert said_of(path) == f"{path}, line 1: {said}"
    with pytest.raises(DataError, match=r"dataset, line 1: .* got the fields prompt, chosen"):
        PromptGroups.from_dataset([{"prompt": "a", "chosen": "b"}])
    path.write_text("{}\n")
    assert "got an empty object." in said_of(path)


def test_a_row_may_name_its_language_in_english(tmp_path):
    path = tmp_path / "long.json"
    names = {"en": "English", "ar": "Arabic"}
    rows = [
        {"group": row["id"], "prompt": row[tag], "language": name, "pivot": "English", "kind": row["kind"]}
        for row in ROWS
        for tag, name in names.items()
    ]
    path.write_text(json.dumps(rows))
    assert [(group.pivot, dict(group.prompts)) for group in PromptGroups.read(path)] == [
        ("en", {tag: row[tag] for tag in names}) for row in ROWS
    ]
    path.write_text(json.dumps([rows[0] | {"language": "Klingonish"}]))
    assert "expected a BCP-47 tag as the key, got 'Klingonish'" in said_of(path)


def test_what_datasets_has_saved_is_read_by_hf(tmp_path):
    datasets = pytest.importorskip("datasets")
    plain = datasets.Dataset.from_list(ROWS)
    one, several = tmp_path / "one", tmp_path / "several"
    plain.save_to_disk(one)
    datasets.DatasetDict(train=plain, test=plain.select([0])).save_to_disk(several)
    for folder in (one, several):
        assert f"got a data set that the library datasets has saved. Name it hf:{folder}." in said_of(folder)
    assert [group.id for group in PromptGroups.read(f"hf:{one}")] == ["1", "2"]
    assert [group.id for group in PromptGroups.read(f"hf:{several}:test")] == ["1"]
    assert "expected one split, as in" in said_of(f"hf:{several}")
    assert "expected one of its splits (train, test), got 'dev'. Name one of them." in said_of(f"hf:{several}:dev")


def test_a_copy_of_a_data_set_of_the_hub_is_pointed_to_hf(tmp_path):
    folder = tmp_path / "copy"
    (folder / "data").mkdir(parents=True)
    (folder / "README.md").write_text("---\nlicense: mit\n---\n")
    (folder / "data" / "train.jsonl").write_text("\n".join(map(json.dumps, ROWS)))
    assert f"If it is a copy of a data set of the hub, name it hf:{folder}." in said_of(folder)


@pytest.mark.parametrize("last", ["assistant", "system"])
def test_the_user_speaks_last_in_a_prompt(tmp_path, last):
    path = tmp_path / "chats.jsonl"
    turns = [{"role": "user", "content": "Hello?"}, {"role": last, "content": "Yes."}]
    path.write_text(json.dumps({"id": "1", "prompts": {"en": turns, "sw": turns[:1]}}))
    where = f"{path}, line 1: prompts.en: expected the user to speak last, got a message of {last} there."
    assert said_of(path) == f"{where} Correct the row or remove it."
    path.write_text(json.dumps({"id": "1", "prompts": {"en": [*turns, turns[0]]}}))
    assert len(PromptGroups.read(path)) == 1
