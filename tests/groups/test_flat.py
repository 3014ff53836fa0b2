"""What people have and write by hand: one prompt a line, one language a row, tables in JSON, columns said by hand."""

from __future__ import annotations

import json
import re
from collections import Counter

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from isoglot import PromptGroups
from isoglot.errors import DataError


def write(path, text):
    path.write_text(text, encoding="utf-8")
    return path


def jsonl(path, *records):
    return write(path, "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records))


def prompts(groups):
    return [(group.id, group.kind, dict(group.prompts)) for group in groups]


def test_one_prompt_a_line(tmp_path):
    path = write(tmp_path / "mine.txt", "\ufeffHow, then?\r\n\n  Why, then? \n")
    with pytest.raises(
        DataError, match=r"expected a column kind \(harmful or harmless\), got en\. Add it, or .*--kind"
    ):
        PromptGroups.read(path)
    found = PromptGroups.read(path, kind="harmless")
    assert prompts(found) == [
        ("mine-1", "harmless", {"en": "How, then?"}),
        ("mine-3", "harmless", {"en": "Why, then?"}),
    ]
    assert PromptGroups.read(path, kind="harmful", columns={"sw": "prompt"}).languages == ("sw",)


@pytest.mark.parametrize("joins", ["id", "group"])
def test_one_language_a_row(tmp_path, joins):
    rows = [
        {joins: 7, "prompt": "How?", "language": "en", "kind": "harmful", "n": 1},
        {joins: 7, "prompt": "Vipi?", "language": "sw"},
        {joins: 8, "prompt": "Why?", "kind": "harmless"},
    ]
    found = PromptGroups.read(jsonl(tmp_path / "flat.jsonl", *rows))
    assert prompts(found) == [("7", "harmful", {"en": "How?", "sw": "Vipi?"}), ("8", "harmless", {"en": "Why?"})]
    assert found[0].extra == {"n": 1}
    assert PromptGroups.read(write(tmp_path / "flat.json", json.dumps(rows))) == found
    pq.write_table(pa.Table.from_pylist([dict.fromkeys(rows[0]) | row for row in rows]), tmp_path / "flat.parquet")
    assert PromptGroups.read(tmp_path / "flat.parquet") == found


def test_rows_of_one_group_belong_together_whatever_their_id(tmp_path):
    rows = [{"id": n, "group": "a", "prompt": f"{n}?", "language": tag} for n, tag in enumerate(("en", "sw", "sw"))]
    assert prompts(PromptGroups.read(jsonl(tmp_path / "a.jsonl", *rows[:2]), kind="harmful")) == [
        ("a", "harmful", {"en": "0?", "sw": "1?"})
    ]
    with pytest.raises(DataError, match="line 3: language: expected another one for id 'a', got 'sw' again"):
        PromptGroups.read(jsonl(tmp_path / "a.jsonl", *rows), kind="harmful")


def test_rows_without_an_id_are_groups_of_their_own(tmp_path):
    rows = [{"prompt": "How?", "language": "en"}, {"prompt": "Vipi?", "language": "sw"}, {"prompt": 5}, [1]]
    assert len(PromptGroups.read(jsonl(tmp_path / "a.jsonl", *rows[:2]), kind="harmful")) == 2
    with pytest.raises(DataError) as caught:
        PromptGroups.read(jsonl(tmp_path / "a.jsonl", *rows), kind="harmful")
    assert "line 3: prompts.en: expected a string or a list of messages, got 5" in str(caught.value)
    assert "line 4: expected an object, got list" in str(caught.value)


def test_a_table_in_json_has_a_column_for_each_language(tmp_path):
    rows = [{"en": "How?", "sw": "Vipi?", "kind": "harmful"}, {"en": "Why?", "sw": None, "kind": "harmless"}]
    found = PromptGroups.read(jsonl(tmp_path / "t.jsonl", *rows))
    assert prompts(found) == [
        ("t-1", "harmful", {"en": "How?", "sw": "Vipi?"}),
        ("t-2", "harmless", {"en": "Why?"}),
    ]


def test_a_label_of_safe_and_unsafe_is_the_kind(tmp_path):
    path = write(tmp_path / "x.csv", "id,prompt,label,note\n1,How?,safe,a\n2,Why?,Unsafe,b\n")
    for kind in (None, "harmless"):
        found = PromptGroups.read(path, kind=kind)
        assert [(group.kind, group.extra["note"]) for group in found] == [("harmless", "a"), ("harmful", "b")]
    path = write(tmp_path / "x.csv", "prompt,label\nHow?,positive\n")
    assert PromptGroups.read(path, kind="harmless")[0].extra == {"label": "positive"}


def test_xstest(data_folder):
    groups = PromptGroups.read(data_folder / "xstest" / "xstest_prompts.csv", kind="harmless")
    assert Counter(group.kind for group in groups) == {"harmless": 250, "harmful": 200}


def test_columns_said_by_hand(tmp_path):
    path = write(tmp_path / "m.csv", "nr,prompt,prompt_zh,which,other\n1,How?,怎么?,unsafe,x\n2,Why?,为什么?,safe,y\n")
    heard = []
    columns = {"en": "prompt", "zh_CN": "prompt_zh", "kind": "which", "id": "nr"}
    found = PromptGroups.read(path, columns=columns, tell=heard.append)
    assert prompts(found) == [
        ("1", "harmful", {"en": "How?", "zh-CN": "怎么?"}),
        ("2", "harmless", {"en": "Why?", "zh-CN": "为什么?"}),
    ]
    assert found[0].extra == {"other": "x"}
    assert heard == [
        f"{path}: prompts in en (column prompt), zh-CN (column prompt_zh); kind from which; id from nr; kept: other."
    ]
    with pytest.raises(DataError) as caught:
        PromptGroups.read(path, columns={"en": "promt", "not a tag": "other"})
    first, second = str(caught.value).splitlines()
    assert "columns.en: expected one of nr, prompt, prompt_zh, which, other, got 'promt'. Did you mean" in first
    assert "columns.not a tag: expected a language tag or one of id, kind" in second
    with pytest.raises(DataError, match="expected columns named by language tags, got"):
        PromptGroups.read(write(tmp_path / "n.csv", "which,other\nunsafe,x\n"), columns={"kind": "which"})
    with pytest.raises(DataError, match="columns: expected the shape table, which has columns, got 'groups'"):
        PromptGroups.read(path, columns={"en": "prompt"}, shape="groups")


def test_what_columns_were_taken_for_is_told(tmp_path):
    heard = []
    PromptGroups.read(write(tmp_path / "a.csv", "EN,sw,Kind,more\na,b,harmful,c\n"), tell=heard.append)
    PromptGroups.read(write(tmp_path / "b.txt", "How?\n"), kind="harmful", tell=heard.append)
    assert [line.split(": ", 1)[1] for line in heard] == [
        "prompts in en (column EN), sw; kind from Kind; kept: more.",
        "one prompt a row.",
    ]


@pytest.mark.parametrize("form", ["jsonl", "list", "columns"])
def test_messages_whose_content_is_in_parts(tmp_path, form):
    said = [
        {"role": "system", "content": [{"type": "text", "text": "Be short."}]},
        {"role": "user", "content": [{"type": "text", "text": "Name a bird."}, {"type": "input_text", "text": "Now."}]},
    ]
    record = {"id": "1", "kind": "harmless", "prompts": {"en": said}}
    if form == "columns":
        groups = PromptGroups.from_columns({"en": [said]}, kind="harmless")
    else:
        path = tmp_path / "a.json"
        path.write_text(json.dumps(record if form == "jsonl" else [record]))
        groups = PromptGroups.read(path)
    assert groups[0].prompts["en"] == [
        {"role": "system", "content": "Be short."},
        {"role": "user", "content": "Name a bird.\nNow."},
    ]
    assert PromptGroups.read(groups.write(tmp_path / "b.jsonl"))[0] == groups[0]


@pytest.mark.parametrize(
    ("content", "got"),
    [
        (
            [{"type": "text", "text": "What?"}, {"type": "image_url", "image_url": {}}],
            "as part 2 one of type 'image_url'",
        ),
        ([{"type": "input_audio", "input_audio": {}}], "as part 1 one of type 'input_audio'"),
        ([{"type": "text"}], "as part 1 {'type': 'text'}"),
        ([7], "as part 1 7"),
        ([], "[]"),
    ],
)
def test_parts_that_are_no_text_are_refused_by_name(tmp_path, content, got):
    path = jsonl(tmp_path / "a.jsonl", {"id": "1", "prompts": {"en": [{"role": "user", "content": content}]}})
    with pytest.raises(DataError, match=r"line 1: prompts.en: message 0: expected .* got " + re.escape(f"{got}.")):
        PromptGroups.read(path)


def test_messages_in_the_share_gpt_form(tmp_path):
    said = [{"from": "human", "value": "How?"}, {"from": "gpt", "value": "So."}, {"from": "human", "value": "Why?"}]
    path = jsonl(tmp_path / "a.jsonl", {"id": "1", "prompts": {"en": said}})
    assert PromptGroups.read(path)[0].prompts["en"] == [
        {"role": "user", "content": "How?"},
        {"role": "assistant", "content": "So."},
        {"role": "user", "content": "Why?"},
    ]
    path = jsonl(tmp_path / "a.jsonl", {"id": "1", "prompts": {"en": [{"role": "wizard", "content": "How?"}]}})
    with pytest.raises(
        DataError, match=r"line 1: prompts.en: message 0: .*user, assistant or system, got one of 'wizard'"
    ):
        PromptGroups.read(path)
