"""CSV and TSV files that people bring: what each column is, and what no one can know."""

from __future__ import annotations

import json
import warnings

import pytest

from isoglot import PromptGroups
from isoglot.errors import DataError
from isoglot.groups.readers import native


def write(tmp_path, text: str, name: str = "prompts.csv"):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8", newline="")
    return path


def refused(path, **options) -> str:
    with pytest.raises(DataError) as caught:
        PromptGroups.read(path, **options)
    return str(caught.value)


def test_kind_pivot_and_the_rest_are_what_they_say(tmp_path):
    path = write(
        tmp_path,
        "id,kind,pivot,category,source,en,de,notes\n"
        "a,harmful,en,theft,mine,How?,Wie?,x\n"
        "b,Harmless,de,,,What is it?,Was ist es?,\n",
    )
    first, second = PromptGroups.read(path)
    assert (first.id, first.kind, first.pivot, first.category, first.source) == ("a", "harmful", "en", "theft", "mine")
    assert dict(first.prompts) == {"en": "How?", "de": "Wie?"}
    assert first.extra == {"notes": "x"}
    assert (second.kind, second.pivot, second.category) == ("harmless", "de", None)


def test_without_a_kind_one_must_be_said(tmp_path):
    path = write(tmp_path, "en,sw\nHow?,Vipi?\n")
    assert (
        "expected a column kind (harmful or harmless), got en, sw. Add it, or say which all are: --kind on the command"
        in refused(path)
    )
    assert [group.kind for group in PromptGroups.read(path, kind="harmless")] == ["harmless"]
    path = write(tmp_path, "kind,en\nharmful,How?\n,What?\nhmful,Why?\n")
    lines = refused(path).splitlines()
    assert "line 3: kind: expected harmful or harmless, got nothing" in lines[0]
    assert "line 4: kind: expected harmful or harmless, got 'hmful'" in lines[1]
    assert [g.kind for g in PromptGroups.read(write(tmp_path, "kind,en\nharmful,A?\n,B?\n"), kind="harmless")] == [
        "harmful",
        "harmless",
    ]


def test_tags_are_written_in_many_ways(tmp_path):
    path = write(tmp_path, "kind, EN ,zh_CN,pt-br,sr_latn\nharmful,How?,怎么?,Como?,Kako?\n")
    (group,) = PromptGroups.read(path)
    assert list(group.prompts) == ["en", "zh-CN", "pt-BR", "sr-Latn"]


def test_a_tag_is_read_the_same_in_every_format(tmp_path):
    cells = {"EN": "How?", "zh_CN": "怎么?", "pt-br": "Como?", "swh_Latn": "Vipi?"}
    tags = ["en", "zh-CN", "pt-BR", "sw"]
    record = {"id": "a", "kind": "harmful", "pivot": "EN", "prompts": cells, "weights": {"zh_CN": 0.5}}
    own = [json.dumps(record), json.dumps([record])]
    paths = [write(tmp_path, text, f"own{number}.json" + ("" if number else "l")) for number, text in enumerate(own)]
    native.write_parquet(tmp_path / "own.parquet", [record])
    for path in [*paths, tmp_path / "own.parquet"]:
        (group,) = PromptGroups.read(path)
        assert list(group.prompts) == tags
        assert (group.pivot, group.weights) == ("en", {"zh-CN": 0.5})
    plain = {"kind": "harmful"} | cells
    native.write_parquet(tmp_path / "plain.parquet", [plain])
    write(tmp_path, json.dumps(plain), "plain.jsonl")
    write(tmp_path, "\n".join(["\t".join(row) for row in (plain, plain.values())]), "plain.tsv")
    write(
        tmp_path, "id,source,tags," + ",".join(cells) + "\n1,x,[]," + ",".join(cells.values()) + "\n", "MultiJail.csv"
    )
    for name, text in cells.items():
        write(tmp_path, f"{text}\n", f"of.{name}.txt")
    for name in ("plain.parquet", "plain.jsonl", "plain.tsv", "MultiJail.csv", "of.{lang}.txt"):
        (group,) = PromptGroups.read(tmp_path / name, kind="harmful")
        assert set(group.prompts) == set(tags), name
    (group,) = PromptGroups.from_columns({tag: [text] for tag, text in cells.items()}, pivot="en")
    assert list(group.prompts) == tags
    twice = write(tmp_path, json.dumps(record | {"prompts": {"en": "How?", "zh_CN": "a", "zh-CN": "b"}}), "twice.jsonl")
    assert "line 1: prompts.zh-CN: expected each language once, got zh-CN again" in refused(twice)


@pytest.mark.parametrize("header", ["kind,en,EN", "kind,en,en", "kind,en, en", "kind,KIND,en", "kind,zh-CN,zh_cn"])
def test_two_columns_of_one_thing_are_refused(tmp_path, header):
    path = write(tmp_path, f"{header}\n{','.join(['harmful'] * 2 + ['x'] * (header.count(',') - 1))}\n")
    assert "expected each column once, got " in refused(path)


def test_a_name_that_may_be_a_tag_is_a_language_if_prompts_stand_in_it(tmp_path):
    header = "kind,en,no,num,url,cat,key\n"
    rows = "harmful,How?,Hvordan gjør man det?,17,https://a.b/c,theft,k-1\nharmful,Why?,Hvorfor er det slik?,18,,,k-2\n"
    with pytest.warns(UserWarning, match=r"columns num, url, cat, key .* taken *for other data"):
        first, _ = PromptGroups.read(write(tmp_path, header + rows))
    assert list(first.prompts) == ["en", "no"]
    assert first.extra == {"num": "17", "url": "https://a.b/c", "cat": "theft", "key": "k-1"}
    with pytest.warns(UserWarning, match="columns no have"):
        (group,) = PromptGroups.read(write(tmp_path, "kind,no,en\nharmful,1,How?\n"))
    assert list(group.prompts) == ["en"]


def test_one_prompt_a_row(tmp_path):
    (group,) = PromptGroups.read(write(tmp_path, "prompt\nHow?\n"), kind="harmful")
    assert (group.pivot, dict(group.prompts)) == ("en", {"en": "How?"})
    path = write(tmp_path, "id,prompt,language,kind\n1,How?,en,harmful\n1,Vipi?,sw,harmful\n2,What?,en,harmless\n")
    first, second = PromptGroups.read(path)
    assert dict(first.prompts) == {"en": "How?", "sw": "Vipi?"}
    assert (second.id, second.kind) == ("2", "harmless")
    path = write(tmp_path, "id,prompt,language,kind\n1,How?,en,harmful\n1,Why?,en,harmful\n1,Vipi?,sw,harmless\n")
    lines = refused(path).splitlines()
    assert "line 3: language: expected another one for id '1', got 'en' again" in lines[0]
    assert "line 4: kind: expected that of id '1', 'harmful', got 'harmless'" in lines[1]


def test_a_quote_that_is_never_closed_swallows_nothing(tmp_path):
    path = write(tmp_path, 'kind,en\nharmful,"How?\nharmful,Why?\nharmful,What?\n')
    assert "expected CSV, got unexpected end of data" in refused(path)


@pytest.mark.parametrize("name", ["prompts.TSV", "prompts.tsv"])
def test_tabs(tmp_path, name):
    assert len(PromptGroups.read(write(tmp_path, "kind\ten\tde\nharmful\tHow, then?\tWie?\n", name))) == 1


@pytest.mark.parametrize("name", ["a.PARQUET", "a.pq", "a.parquet"])
def test_parquet_by_any_of_its_names(tmp_path, name):
    groups = PromptGroups.from_columns({"en": ["How?"]}, kind="harmful")
    groups.write(tmp_path / "a.parquet").rename(tmp_path / name)
    assert PromptGroups.read(tmp_path / name) == groups


def test_a_kind_that_is_none_is_refused(tmp_path):
    assert "kind: expected harmful or harmless, got 'bad'" in refused(write(tmp_path, "en\nHow?\n"), kind="bad")


def test_indonesian_is_not_taken_for_ids(tmp_path):
    path = write(tmp_path, "en,id,kind\nHow do I do it?,Bagaimana cara melakukannya?,harmful\n")
    assert "column id: expected names of groups, got sentences. If it is Indonesian, name it id-ID." in refused(path)


def test_what_spreadsheets_leave_at_the_ends(tmp_path):
    path = write(tmp_path, "en,sw,kind,,\nHow?,Vipi?,harmful,,\n,,,,\n")
    (group,) = PromptGroups.read(path)
    assert dict(group.prompts) == {"en": "How?", "sw": "Vipi?"}
    assert "expected each column once, got no name 2 times" in refused(
        write(tmp_path, "en,sw,kind,,\nHow?,Vipi?,harmful,,\na,b,harmful,,x\n")
    )


def test_a_pivot_is_written_in_many_ways(tmp_path):
    (group,) = PromptGroups.read(write(tmp_path, "pivot,EN,zh_CN,kind\nzh_cn,How?,怎么?,harmful\n"))
    assert group.pivot == "zh-CN"


def test_rows_of_one_id_share_its_kind(tmp_path):
    path = write(
        tmp_path, "id,prompt,language,kind\nline 3,How?,en,\nline 3,Vipi?,sw,harmful\nline 3,Wie?,en,harmful\n"
    )
    assert "line 4: language: expected another one for id 'line 3', got 'en' again" in refused(path)
    path = write(tmp_path, "id,prompt,language,kind\n1,How?,en,\n1,Vipi?,sw,harmful\n")
    (group,) = PromptGroups.read(path)
    assert (group.kind, len(group.prompts)) == ("harmful", 2)


def test_languages_are_found_by_name_where_only_something_else_is_said(tmp_path):
    path = write(tmp_path, "No.;Type;en;zh-TW\n1;Harmful;How?;怎麼?\n2;Harmless;What?;什麼?\n")
    first, second = PromptGroups.read(path, columns={"kind": "Type", "id": "No."})
    assert (first.id, first.kind, dict(first.prompts)) == ("1", "harmful", {"en": "How?", "zh-TW": "怎麼?"})
    assert (second.id, second.kind) == ("2", "harmless")


def test_a_language_by_its_english_name_among_tags_is_asked_about_and_so_is_a_column_of_kinds(tmp_path):
    path = write(tmp_path, "Type;en;zh-TW;Chinese;English\nHarmful;How?;怎麼?;怎么?;x\nHarmless;What?;什麼?;什么?;y\n")
    with pytest.warns(UserWarning, match="other") as heard, pytest.raises(DataError, match="expected a column kind"):
        PromptGroups.read(path)
    (said,) = [str(one.message) for one in heard]
    assert said == (
        f"{path}: taken for other data: Chinese (prompts in zh?), Type (the kind?). "
        "To use them: --columns en=en,zh-TW=zh-TW,zh=Chinese,kind=Type."
    )
    columns = {"en": "en", "zh-TW": "zh-TW", "zh": "Chinese", "kind": "Type"}
    assert list(PromptGroups.read(path, columns=columns)[0].prompts) == ["en", "zh-TW", "zh"]
    with pytest.warns(UserWarning, match="taken for other data") as heard:
        PromptGroups.read(path, columns={"kind": "Type"})
    assert str(heard[0].message).endswith("--columns en=en,zh-TW=zh-TW,zh=Chinese,kind=Type.")


def test_a_second_column_of_a_language_is_told_and_not_taken_under_another_tag(tmp_path):
    path = write(tmp_path, "en,zh-CN,Chinese,Swahili,kind\nHow is it?,怎么?,怎样?,Vipi hii?,harmful\n")
    with pytest.warns(UserWarning, match="other") as heard:
        PromptGroups.read(path)
    assert [str(one.message) for one in heard] == [
        f"{path}: taken for other data: Chinese (prompts in zh-CN, too?), Swahili (prompts in sw?). "
        "To use them: --columns en=en,zh-CN=zh-CN,sw=Swahili."
    ]
    path = write(tmp_path, "en,zh-CN,Chinese,kind\nHow is it?,怎么?,怎样?,harmful\n")
    with pytest.warns(UserWarning, match="A language has one column: put the texts together"):
        PromptGroups.read(path)


@pytest.mark.parametrize("name", ["Prompt", "text", "Question"])
def test_a_column_of_prompts_beside_languages_is_asked_about_unless_english_is_there(tmp_path, name):
    path = write(tmp_path, f"{name},kind,zh-CN\nHow do I do it?,harmful,怎么?\nWhat is it now?,harmless,什么?\n")
    with pytest.warns(UserWarning, match="other") as heard:
        PromptGroups.read(path)
    assert [str(one.message) for one in heard] == [
        f"{path}: taken for other data: {name} (prompts in en?). To use them: --columns zh-CN=zh-CN,en={name}."
    ]
    path = write(tmp_path, f"en-GB,{name},kind,zh-CN\nHow?,How do I do it?,harmful,怎么?\n", "with_english.csv")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        PromptGroups.read(path)
    path = write(tmp_path, f"{name},kind,zh-CN\n17,harmful,怎么?\n", "numbers.csv")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        PromptGroups.read(path)


def test_languages_that_are_left_out_because_others_are_named_are_told(tmp_path):
    path = write(tmp_path, "kind,en,zh-TW,Chinese\nharmful,How?,怎麼?,怎么?\n")
    with pytest.warns(UserWarning, match="others are named") as heard:
        (group,) = PromptGroups.read(path, columns={"zh": "Chinese"})
    assert dict(group.prompts) == {"zh": "怎么?"}
    assert [str(one.message) for one in heard] == [
        f"{path}: no prompts are taken from en, zh-TW, since others are named. "
        "To take all: --columns en=en,zh-TW=zh-TW,zh=Chinese."
    ]
    path = write(tmp_path, "id,No.,prompt,label,kind\n1,7,How?,x,harmful\n")  # `id` is no Indonesian here
    assert PromptGroups.read(path, columns={"en": "prompt", "id": "No."})[0].id == "7"


@pytest.mark.parametrize("line", ["sep=;", '"sep=;"', "SEP=; ", "\r\nsep=;"])
def test_a_first_line_that_says_what_stands_between_cells(tmp_path, line):
    path = write(tmp_path, f"\ufeff{line}\r\nkind;en;de\r\nharmful;How, then?;Wie?\r\nhmful;What?;Was?\r\n")
    last = 4 + line.count("\n")
    assert f"line {last}: kind: expected harmful or harmless, got 'hmful'" in refused(path)
    path = write(tmp_path, f"{line}\nkind;en;de\nharmful;How, then?;Wie?\n")
    assert dict(PromptGroups.read(path)[0].prompts) == {"en": "How, then?", "de": "Wie?"}


@pytest.mark.parametrize("cell", ["#N/A", "#NAME?", " #DIV/0! ", "#NV", "#BEZUG!", "#¡REF!", "#Н/Д", "Err:502"])
def test_what_a_spreadsheet_shows_where_it_cannot_calculate_is_no_prompt(tmp_path, cell):
    path = write(tmp_path, f"kind,en,de\nharmful,How?,{cell}\nharmful,What is #DIV/0!?,Was?\n")
    with pytest.warns(UserWarning, match="error|empty") as heard:
        first, second = PromptGroups.read(path)
    assert (dict(first.prompts), dict(second.prompts)) == ({"en": "How?"}, {"en": "What is #DIV/0!?", "de": "Was?"})
    assert f"a spreadsheet's error in place of a prompt: de {cell.strip()} (1). These cells" in str(heard[0].message)
    assert "empty cells: de (1)" in str(heard[1].message)
    path = write(tmp_path, f"prompt,kind\n{cell},harmful\n")
    with pytest.warns(UserWarning, match="error in place of a prompt"):
        assert "line 2: prompts.en: expected some text, got an empty string" in refused(path)


@pytest.mark.parametrize("text", ["#Wow!", "#hashtag", "# Name?", "#1!", "#天气?", "#कैसे?"])
def test_texts_that_only_look_like_such_errors_stay(tmp_path, text):
    (group,) = PromptGroups.read(write(tmp_path, f"kind,en\nharmful,{text}\n"))
    assert group.prompts["en"] == text
