"""One file a language, XSafety, Aya red-teaming, data sets of the hub, tables without names."""

from __future__ import annotations

import json

import pytest

from isoglot import PromptGroups
from isoglot.errors import DataError, MissingFileError
from isoglot.groups import PromptGroup


def test_one_file_a_language_is_parallel_by_position(tmp_path):
    (tmp_path / "prompts.en.txt").write_text("one\n\nthree\n", encoding="utf-8-sig")
    (tmp_path / "prompts.sw.txt").write_text("moja\r\nmbili\r\n\r\n")
    (tmp_path / "prompts.zh_CN.txt").write_text("一\n二\n三\n四\n")
    (tmp_path / "prompts.notes!.txt").write_text("x\n")
    path = tmp_path / "prompts.{lang}.txt"
    with pytest.raises(DataError, match=r"prompts.zh_CN.txt, line 4: expected 3 prompts as in .*en.txt, got more"):
        PromptGroups.read(path, kind="harmful")
    (tmp_path / "prompts.zh_CN.txt").write_text("一\n二\n三\n")
    found = PromptGroups.read(path, kind="harmful")
    assert [(group.id, dict(group.prompts)) for group in found] == [
        ("prompts-00001", {"en": "one", "sw": "moja", "zh-CN": "一"}),
        ("prompts-00002", {"sw": "mbili", "zh-CN": "二"}),
        ("prompts-00003", {"en": "three", "zh-CN": "三"}),
    ]
    with pytest.raises(DataError, match="expected a column kind"):
        PromptGroups.read(path)
    with pytest.raises(MissingFileError, match=r"expected files with language tags in place of \{lang\}, got none"):
        PromptGroups.read(tmp_path / "no.{lang}.txt", kind="harmful")


def test_files_of_other_forms_and_names_are_parallel_too(tmp_path):
    for tag in ("de", "en"):
        (tmp_path / tag).mkdir()
    (tmp_path / "en" / "p.json").write_text(json.dumps([{"instruction": "a"}, "b"]))
    (tmp_path / "de" / "p.json").write_text(json.dumps([{"text": "c"}, {"text": None}]))
    found = PromptGroups.read(tmp_path / "{lang}" / "p.json", kind="harmful")
    assert [dict(group.prompts) for group in found] == [{"en": "a", "de": "c"}, {"en": "b"}]
    (tmp_path / "english.csv").write_text('"a, b"\nc\n', encoding="utf-8-sig")
    (tmp_path / "german.tsv").write_text("nr\tPrompt\n1\td\n2\te\n")
    found = PromptGroups.read(tmp_path, columns={"en": "english.csv", "de": "german.tsv"}, kind="harmful")
    assert [dict(group.prompts) for group in found] == [{"en": "a, b", "de": "d"}, {"en": "c", "de": "e"}]
    (tmp_path / "german.tsv").write_text("nr\tsatz\n1\td\n")
    with pytest.raises(DataError, match=r"german.tsv: expected one column, or one called prompt, text"):
        PromptGroups.read(tmp_path, columns={"en": "english.csv", "de": "german.tsv"}, kind="harmful")


def test_a_table_without_names_and_one_of_long_form(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("How?,Wie?,harmful\nWhat?,Was?,harmless\n")
    found = PromptGroups.read(path, columns={"en": "1", "de": "2", "kind": "3"})
    assert [(dict(group.prompts), group.kind) for group in found] == [
        ({"en": "How?", "de": "Wie?"}, "harmful"),
        ({"en": "What?", "de": "Was?"}, "harmless"),
    ]
    path.write_text("id,language,text\n7,en,How?\n7,de,Wie?\n8,en,What?\n")
    found = PromptGroups.read(path, kind="harmful")
    assert [(group.id, dict(group.prompts)) for group in found] == [
        ("7", {"en": "How?", "de": "Wie?"}),
        ("8", {"en": "What?"}),
    ]


def test_xsafetys_folder(tmp_path):
    def file(name, text, encoding="utf-8"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding=encoding)

    file("en/Insult_n.csv", 'one\n"two, too"\n', "utf-8-sig")
    file("sp/Insult.csv", "uno\ndos\n")
    file("en/Mental_Health_n.csv", "sad\n")
    file("zh/Mental_Health.csv", "悲\n")
    file("hi/commonsense.csv", "क\n")
    file("hi/commen_sense.csv", "ख\n")
    file("README/a.csv", "x\n")
    (tmp_path / "bn").mkdir()
    sheet = PromptGroups([PromptGroup("1", {"en": "x"}, kind="harmful")]).write(tmp_path / "bn" / "x.xlsx")
    _one_column(sheet, tmp_path / "bn" / "Insult_n.xlsx", ["এক", "দুই"])
    with pytest.warns(UserWarning, match=r"commonsense.csv: left out, since commen_sense.csv has the same category"):
        found = PromptGroups.read(tmp_path)
    by_id = {group.id: group for group in found}
    second = by_id["xsafety-insult-00002"]
    assert dict(second.prompts) == {"en": "two, too", "bn": "দুই", "es": "dos"}
    assert (second.kind, second.category, second.source, second.pivot) == ("harmful", "Insult", "XSafety", "en")
    sad = by_id["xsafety-mentalhealth-00001"]
    assert (sad.kind, sad.category, dict(sad.prompts)) == (None, "Mental Health", {"en": "sad", "zh": "悲"})
    assert by_id["xsafety-commonsense-00001"].languages == ("hi",)


def _one_column(any_sheet, path, cells):
    """A workbook without a header."""
    from isoglot.groups.writers.xlsx import write_rows

    any_sheet.unlink()
    write_rows(path, [[cell] for cell in cells], path.name)


def test_aya_red_teaming(tmp_path):
    rows = [
        {"prompt": "स", "language": "Hindi", "harm_category": "['Hate', 'Bullying']", "global_or_local": "local",
         "literal_translation": "s"},
        {"prompt": "e", "language": "English", "harm_category": ["Theft"], "global_or_local": "global",
         "literal_translation": None},
        {"prompt": "f", "language": "fil", "harm_category": "x", "global_or_local": "global",
         "literal_translation": "g"},
    ]  # fmt: skip
    path = tmp_path / "aya.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    hindi, english, filipino = PromptGroups.read(path)
    assert dict(hindi.prompts) == {"en": "s", "hi": "स"}
    assert (hindi.id, hindi.kind, hindi.category) == ("aya-hi-0001", "harmful", "Hate; Bullying")
    assert hindi.provenance == {"en": "literal translation of Aya red-teaming"}
    assert hindi.extra == {"global_or_local": "local"}
    assert (dict(english.prompts), english.category) == ({"en": "e"}, "Theft")
    assert filipino.languages == ("en", "tl")


def test_a_data_set_of_the_hub_as_a_folder(tmp_path, monkeypatch):
    pytest.importorskip("datasets")
    monkeypatch.setenv("HF_DATASETS_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("datasets.config.HF_DATASETS_CACHE", str(tmp_path / "cache"))
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "train.jsonl").write_text('{"en": "How?", "de": "Wie?"}\n{"en": "What?", "de": null}\n')
    (folder / "test.jsonl").write_text('{"en": "Why?", "de": "Warum?"}\n')
    with pytest.raises(DataError, match=r"expected one split, as in .*:train, got train, test"):
        PromptGroups.read(f"hf:{folder}", kind="harmful")
    told = []
    found = PromptGroups.read(f"hf:{folder}:train", kind="harmful", tell=told.append)
    assert [dict(group.prompts) for group in found] == [{"en": "How?", "de": "Wie?"}, {"en": "What?"}]
    assert told == [f"hf:{folder}:train: prompts in en, de."]
    with pytest.raises(DataError, match=r"hf:nobody/nothing: expected a data set that can be loaded, got \w+"):
        PromptGroups.read("hf:nobody/nothing", kind="harmful")
