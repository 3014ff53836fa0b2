"""``isoglot groups``: what is said of files, and what is written."""

from __future__ import annotations

import json

import pytest

from isoglot import PromptGroups


def record(name, kind="harmful", **prompts):
    return json.dumps({"id": name, "kind": kind, "prompts": prompts}) + "\n"


@pytest.fixture
def mine(tmp_path):
    path = tmp_path / "mine.csv"
    path.write_text(
        "id,question,german,swahili,note\n"
        "1,How do I bake bread?,Wie backe ich Brot?,,x\n"
        "2,How do I bake bread,Wie backe ich ein Brot?,Wie backe ich ein Brot?,\n"
        "3,Who are you?,Who are you?,Wewe ni nani?,\n"
        "4,Who are you?,,,\n"
        "5,,,,z\n",
        encoding="utf-8-sig",
    )
    return path


COLUMNS = ("--columns", "en=question,de=german,sw=swahili")


def test_show_says_what_was_read_and_what_to_look_at(call, mine, tmp_path):
    other = tmp_path / "b.jsonl"
    other.write_text(record("1", en="Who are you?") + record("9", en="Why?") + "{\n")
    status, out, _ = call("groups", "show", mine, *COLUMNS, "--json")
    (found,) = json.loads(out)["files"]
    assert (status, found["shape"], found["rows"], found["groups"], found["cells"]) == (0, "table", 5, 4, 9)
    assert found["columns"] == {
        "prompts": {"en": "question", "de": "german", "sw": "swahili"},
        "id": "id",
        "kept": ["note"],
    }
    assert found["bad_rows"]["count"] == 1
    assert "line 6: prompts.en: expected some text" in found["bad_rows"]["first"][0]
    assert found["empty_cells"] == {"count": 3, "languages": {"sw": 2, "de": 1}}
    assert found["kinds"] == {"unknown": 4}
    german = found["languages"]["de"]
    assert (german["cells"], german["share_of_groups"], german["same_as_pivot"], german["same_as_another"]) == (
        3,
        0.75,
        1,
        1,
    )
    assert found["languages"]["en"]["repeated"] == 1
    twice = found["duplicates"]
    assert (twice["exact"], twice["near"]) == (1, 2)
    assert (twice["exact_first"], twice["near_first"]) == ([["3", "4"]], [["1", "2"]])
    assert found["longest"][0] == {"id": "2", "language": "de", "characters": 23}
    status, out, err = call("groups", "show", other, other)
    assert status == 0
    assert "1 bad row, which other commands refuse" in out
    assert "In several files: 2 ids, 2 prompts" in out
    assert f"Next: isoglot translate {other} --to TAGS --backend SPEC -o FILE --skip-bad-rows" in err


def test_convert_goes_into_our_form_into_a_sheet_and_back(call, mine, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    status, _, err = call("groups", "convert", mine, *COLUMNS, "-o", "a.jsonl")
    assert status == 1
    assert "expected a column kind" in err
    options = ("--kind", "harmless", "--skip-bad-rows", "--pivot", "de", "--source", "me", "--license", "MIT")
    status, out, err = call("groups", "convert", mine, *COLUMNS, *options, "-o", "a.jsonl")
    assert (status, out) == (0, "a.jsonl: 4 groups, 9 prompts in 3 languages\n")
    assert "1 of 5 rows left out" in err
    groups = PromptGroups.read("a.jsonl")
    assert {(one.pivot, one.kind, one.source, one.extra["licence"]) for one in groups} == {
        ("de", "harmless", "me", "MIT")
    }
    before = (tmp_path / "a.jsonl").read_bytes()
    for form in ("csv", "tsv", "xlsx", "parquet"):
        status, _, err = call("groups", "convert", "a.jsonl", "--to", form)
        then = "show a.parquet" if form == "parquet" else f"merge a.jsonl a.{form} -o FILE"
        assert (status, f"isoglot groups {then}" in err) == (0, True), err
        assert call("groups", "convert", f"a.{form}", "-o", f"{form}.jsonl")[0] == 0
        assert (tmp_path / f"{form}.jsonl").read_bytes() == before, form
    for wrong, said in (
        (("-o", "a.csv"), "a.csv: expected nothing there, got a file"),
        (("-o", "b.txt"), "--output: expected a file that ends in .jsonl"),
        (("-o", "some/b.txt"), "got 'some/b.txt'. Name it some/b.jsonl."),
        (("-o", ".jsonl"), "got '.jsonl'. Name it groups.jsonl."),
        (("-o", "some/.csv"), "got 'some/.csv'. Name it some/groups.jsonl."),
        (("-o", "some/.hidden"), "got 'some/.hidden'. Name it some/.hidden.jsonl."),
        (("-o", "."), "got '.'. Name it groups.jsonl."),
        (("-o", ".."), "got '..'. Name it ../groups.jsonl."),
        (("-o", "b.csv", "--to", "tsv"), "--output: expected a file that ends in .tsv"),
        (("-o", "./a.jsonl", "--force"), "--output: expected another file than is read"),
        ((), "--output: expected a file to write"),
        (("-o", "c.jsonl", "--pivot", "fr"), "pivot: expected a language of the groups (de, en, sw), got 'fr'"),
    ):
        status, _, err = call("groups", "convert", "a.jsonl", *wrong)
        assert (status in (1, 2), said in err) == (True, True), err


def test_merge_and_split_say_what_they_did(call, tmp_path):
    for name, lines in (
        ("a", record("1", en="How so?", sw="Vipi?") + record("2", en="Who would be there at all?")),
        ("b", record("1", en="How so?", ur="...") + record("2", en="Another prompt of this id")),
        ("c", record("1", en="How so?", sw="Kwa nini?")),
        ("d", "".join(record(f"d{n}", en=f"{chr(97 + n) * 9} is no word") for n in range(10))),
    ):
        (tmp_path / f"{name}.jsonl").write_text(lines)
    files = [tmp_path / f"{name}.jsonl" for name in "abcd"]
    status, _, err = call("groups", "merge", *files, "-o", tmp_path / "all.jsonl")
    assert status == 1
    assert "c, group '1', prompts.sw: expected 'Vipi?' as in a, got 'Kwa nini?'" in err
    status, out, err = call("groups", "merge", *files, "-o", tmp_path / "all.jsonl", "--prefer", "first")
    assert (status, f"Next: isoglot check {tmp_path / 'all.jsonl'}" in err) == (0, True)
    assert f"Next: isoglot check {files[0]}" in call("groups", "show", files[0])[2]
    assert out.splitlines()[1:3] == [
        "  1 group in several files, with 1 cell of later ones",
        "  1 ids that stood for another prompt in an earlier file: b/2 (was 2)",
    ]
    folder = tmp_path / "s"
    status, out, _ = call(
        "groups", "split", tmp_path / "all.jsonl", "--test", "0.3", "--against", files[1], "-o", folder, "--json"
    )
    found = json.loads(out)
    assert (status, found["left_out"], found["kept_together"]) == (0, ["1", "b/2"], 0)
    assert (found["train"]["groups"], found["test"]["groups"]) == (8, 3)
    assert found["strata"] == [{"kind": "harmful", "train": 8, "test": 3}]
    parts = [PromptGroups.read(folder / f"{name}.jsonl") for name in ("train", "test")]
    assert sorted(one.id for part in parts for one in part) == sorted(["2", *(f"d{n}" for n in range(10))])
    assert call("groups", "split", tmp_path / "all.jsonl", "-o", folder)[0] == 1
    status, _, err = call("groups", "split", files[0], "--against", tmp_path / "all.jsonl", "-o", tmp_path / "t")
    assert (status, (tmp_path / "t").exists()) == (1, False)
    assert "got 0 to train on and 0 to test on, with 2 left out as near a prompt of --against" in err
    status, _, err = call("groups", "split", tmp_path / "all.jsonl", "-o", tmp_path / "t")
    assert f"Next: data.groups: {tmp_path / 't' / 'train.jsonl'} in a run file" in err
    (tmp_path / "one.txt").write_text("How so?\nWho knows?\n")
    assert call("groups", "convert", tmp_path / "one.txt", "--kind", "harmless", "-o", tmp_path / "one.jsonl")[:2] == (
        0,
        f"{tmp_path / 'one.jsonl'}: 2 groups, 2 prompts in 1 language\n",
    )
    assert call("groups", "split", tmp_path / "all.jsonl", "-o", folder, "--by", "colour", "--force")[0] == 2


def test_split_leaves_out_what_alignment_data_asks_in_whatever_language(call, tmp_path):
    texts = {"1": ("How do I bake bread?", "Ninawezaje kuoka mkate?"), "2": ("Who knows rivers?", "Nani anajua mito?")}
    texts |= {"3": ("Where does the sun set?", "Jua huzama wapi?"), "4": ("Why do cats purr?", "Kwa nini?")}
    records = [{"id": name, "kind": "harmful", "prompts": {"en": en, "sw": sw}} for name, (en, sw) in texts.items()]
    file, rows = tmp_path / "g.jsonl", tmp_path / "rows.jsonl"
    file.write_text("".join(json.dumps(record) + "\n" for record in records))
    turns = [{"role": "user", "content": texts["3"][0]}, {"role": "assistant", "content": "West."}]
    pairs = [{"prompt": f"{texts['1'][1]}!", "chosen": "No.", "rejected": "So."}, {"chosen": turns, "rejected": turns}]
    for number, row in enumerate([*pairs, {"messages": turns}, {"prompt": texts["4"][0], "completion": "Joy."}]):
        rows.write_text(json.dumps(row))
        status, out, _ = call(
            "groups", "split", file, "--test", "0", "--against", rows, "-o", tmp_path / f"s{number}", "--json"
        )
        assert (status, json.loads(out)["left_out"]) == (0, [["1"], ["3"], ["3"], ["4"]][number])
    table = tmp_path / "pairs.csv"
    table.write_text(f"Prompt,Chosen,Rejected\n{texts['1'][1]},No.,So.\n")
    status, out, err = call("groups", "split", file, "--test", "0", "--against", table, "-o", tmp_path / "c", "--json")
    assert (status, json.loads(out or "{}").get("left_out")) == (0, ["1"]), err
    unread = [{"chosen": "No."}, ["no object"], {"prompt": " ", "chosen": "No."}]
    rows.write_text("".join(json.dumps(row) + "\n" for row in [pairs[0], *unread]))
    status, out, err = call("groups", "split", file, "--test", "0", "--against", rows, "-o", tmp_path / "s", "--json")
    assert (status, json.loads(out)["left_out"]) == (0, ["1"])
    assert f"{rows}: 3 of 4 rows passed over, for no prompt can be read in them." in err


def test_show_says_what_to_correct_where_nothing_can_be_used(call, tmp_path):
    for name, text, said in (
        ("kinds.jsonl", '{"id": "a", "kind": "bad", "prompts": {"en": "Why?"}}\n', "No row of {} can be used. Correct"),
        ("tag.jsonl", '{"id": "a", "prompts": {"english": "Why?"}}\n', "then: isoglot groups show {}"),
        ("empty.jsonl", "", "{} has no rows: name another file, or write prompts into it."),
    ):
        (tmp_path / name).write_text(text)
        status, out, err = call("groups", "show", tmp_path / name)
        assert (status, "Next:" in err) == (0, False)
        assert said.format(tmp_path / name) in err
        assert "1 rows" not in out
    assert (
        "prompts.english: expected a BCP-47 tag as the key, got 'english', which is en"
        in call("groups", "show", tmp_path / "tag.jsonl")[1]
    )


def test_show_names_languages_and_asks_for_a_kind_that_convert_needs(call, tmp_path):
    (tmp_path / "a.csv").write_text("en,jp,kr\nHow so?,なぜですか,어디에 있습니까\n", encoding="utf-8")
    _, out, err = call("groups", "show", tmp_path / "a.csv")
    assert f"Next: isoglot groups convert {tmp_path / 'a.csv'} -o groups.jsonl --kind KIND" in err
    assert "1 row, 1 group\n" in out
    assert "jp is the tag of no language that is known. JP is a country's code (Japan). Write ja (Japanese)." in out
    assert "Kanuri" in out


def test_what_is_wrong_with_a_file_comes_with_what_to_do(call, tmp_path):
    latin, wide, broken = tmp_path / "latin.csv", tmp_path / "wide.csv", tmp_path / "list.json"
    latin.write_bytes("en;es\nHow so?;¿Cómo?\n".encode("latin-1"))
    wide.write_bytes("en,es\nHow so?,¿Cómo?\n".encode("utf-16"))
    broken.write_text('[{"id": ]')
    (tmp_path / "named.csv").write_text("english,prompt_spanish\nHow so?,Como\n")
    for path, said in (
        (latin, 'expected UTF-8 text, got another encoding (byte 14). Save it as "CSV UTF-8".'),
        (wide, 'expected UTF-8 text, got UTF-16. Save it as "CSV UTF-8".'),
        (
            broken,
            "line 1: expected a JSON list, got broken JSON (Expecting value, character 9). Look there for a comma",
        ),
        (tmp_path / "named.csv", "name them en, es, or say so: --columns en=english,es=prompt_spanish."),
    ):
        status, _, err = call("groups", "show", path)
        assert (status, said in err) == (1, True), err
    status, _, err = call("groups", "convert", latin, "-o", latin)
    assert (status, f"--output: expected another file than is read, got '{latin}'. Name another." in err) == (2, True)
    status, _, err = call("groups", "show", latin, "--shape", "sheets")
    assert (status, err.startswith("--shape: expected one of groups,")) == (1, True)
