"""Several files at once, rows left out on demand, and files made to hurt."""

from __future__ import annotations

import datetime
import json
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from isoglot import PromptGroups
from isoglot.errors import DataError, MissingFileError


def jsonl(path, *records):
    lines = [record if isinstance(record, str) else json.dumps(record, ensure_ascii=False) for record in records]
    path.write_text("".join(line + "\n" for line in lines), encoding="utf-8")
    return path


def record(name, text="How?", **more):
    return {"id": name, "prompts": {"en": text}, **more}


def refused(*args, **options):
    with pytest.raises(DataError) as caught:
        PromptGroups.read(*args, **options)
    return str(caught.value)


def test_several_files_are_read_one_after_the_other(tmp_path):
    first, second = jsonl(tmp_path / "a.jsonl", record("1")), jsonl(tmp_path / "b.jsonl", record("2"), record("3"))
    assert [group.id for group in PromptGroups.read([first, second])] == ["1", "2", "3"]
    assert PromptGroups.read([str(first)]) == PromptGroups.read(first)


def test_how_far_files_are_read_is_told_by_lines(tmp_path):
    many = jsonl(tmp_path / "a.jsonl", "", *(record(str(n)) for n in range(1199)))
    table = tmp_path / "b.csv"
    table.write_text('id,en\nx,"How\nis it?"\ny,Why?\n', encoding="utf-8")
    come = []
    groups = PromptGroups.read([many, table], kind="harmful", progress=lambda *now: come.append(now))
    assert (len(groups), {total for _, total in come}) == (1201, {1204})
    assert [done for done, _ in come] == [0, 501, 1001, 1200, 1200, 1204]
    come.clear()
    assert len(PromptGroups.read(table, kind="harmful", progress=lambda *now: come.append(now))) == 2
    assert not come  # nobody could look in so short a time
    whole = tmp_path / "c.json"
    whole.write_text(json.dumps([record("z"), record("w")], indent=1), encoding="utf-8")
    assert len(PromptGroups.read([many, whole], progress=lambda *now: pytest.fail("nobody knows"))) == 1201


def test_what_is_asked_is_hashed_once(tmp_path, monkeypatch):
    groups = PromptGroups.read(jsonl(tmp_path / "a.jsonl", record("1")))
    known = groups.prompts_hash, groups.fingerprint
    monkeypatch.setattr("hashlib.sha256", lambda *_: pytest.fail("once more"))
    assert (groups.prompts_hash, groups.fingerprint) == known


def test_everything_wrong_in_all_files_is_told_at_once(tmp_path):
    first = jsonl(tmp_path / "a.jsonl", record("1"), "{", record("2"))
    second = jsonl(tmp_path / "b.jsonl", record("2"), record("4", " "))
    empty, none = jsonl(tmp_path / "c.jsonl"), tmp_path / "none.jsonl"
    lines = refused([first, second, empty, none]).splitlines()
    assert len(lines) == 5
    text = "\n".join(lines)
    assert f"{first}, line 2: expected one JSON object" in text
    assert f"{second}, line 1: id: expected a new one, got '2' of {first}, line 3, again. Correct" in text
    assert f"{second}, line 2: prompts.en: expected some text" in text
    assert f"{empty}: expected at least one prompt group, got none." in text
    assert f"{none}: expected a file or folder of prompt groups, got nothing." in text
    with pytest.raises(MissingFileError):
        PromptGroups.read([none])


def test_tables_of_two_files_have_names_of_their_own(tmp_path):
    for name in ("harmful", "harmless"):
        (tmp_path / f"{name}.csv").write_text(f"en,kind\n{name}?,{name}\n")
    found = PromptGroups.read([tmp_path / "harmful.csv", tmp_path / "harmless.csv"])
    assert [group.id for group in found] == ["harmful-2", "harmless-2"]


def test_bad_rows_are_left_out_on_demand_counted_and_named(tmp_path):
    path = jsonl(
        tmp_path / "a.jsonl", record("1"), *(record(f"bad {n}", "") for n in range(5)), record("2"), record("1")
    )
    with pytest.warns(UserWarning, match="rows left out") as caught:
        found = PromptGroups.read(path, skip_bad_rows=True)
    assert [group.id for group in found] == ["1", "2"]
    (warning,) = caught
    lines = str(warning.message).splitlines()
    assert lines[0] == "6 of 8 rows left out, since they cannot be used:"
    assert lines[1] == f"{path}, line 2: prompts.en: expected some text, got an empty string."
    assert lines[4] == "... and 3 more"
    assert "line 1: prompts.en" in refused(jsonl(path, record("1", "")), skip_bad_rows=True)  # nothing would be left
    assert "UTF-8" in refused([jsonl(tmp_path / "b.jsonl", record("2")), bytes_of(path)], skip_bad_rows=True)


def bytes_of(path):
    path.write_bytes(b'{"id": "1", "prompts": {"en": "a"}}\n\xff\n')
    return path


BOMBS = {
    "nesting": '{"id": "1", "prompts": {"en": "a"}, "x": ' + "[" * 100_000 + "]" * 100_000 + "}",
    "digits": '{"id": "1", "prompts": {"en": "a"}, "x": ' + "9" * 5000 + "}",
    "surrogate": r'{"id": "1", "prompts": {"en": "a\ud800"}}',
    "weight": '{"id": "1", "prompts": {"en": "a"}, "weights": {"en": ' + "9" * 400 + "}}",
    "keys": "{" + ", ".join(f'"{n % 59_999}": 0' for n in range(60_000)) + "}",
    "tags": json.dumps({"id": "1", "prompts": {"x" * 100_000: "a"}}),
    "languages": json.dumps({"id": "1", "prompts": {f"no tag {n}": "" for n in range(60_000)}}),
    "weights": json.dumps({"id": "1", "prompts": {"en": "a"}, "weights": {f"t{n}": -1 for n in range(60_000)}}),
    "name": json.dumps({"id": ["x" * 100_000], "prompts": {"en": "a"}}),
}


@pytest.mark.parametrize("name", BOMBS)
def test_bombs_are_told_in_a_line(tmp_path, name):
    text = refused(jsonl(tmp_path / "a.jsonl", record("0"), BOMBS[name]))
    assert text.startswith(f"{tmp_path / 'a.jsonl'}, line 2: ")
    assert len(text) < 1200
    assert len(text.splitlines()) == 1


def test_a_list_of_bombs_is_told_by_item(tmp_path):
    path = tmp_path / "a.json"
    path.write_text(f"[{json.dumps(record('0'))}, {BOMBS['nesting']}]")
    assert f"{path}, line 2: expected at most 100 levels" in refused(path)


def test_many_bad_rows_are_no_longer_than_a_screen(tmp_path):
    rows = [record(f"{n}-{'x' * 5000}", kind="evil" * 1000) for n in range(300)] * 2
    text = refused(jsonl(tmp_path / "a.jsonl", *rows))
    assert len(text) < 10_000
    assert text.splitlines()[-1].endswith("more problems.")


def test_multijails_tags_are_a_list_of_some_words(tmp_path):
    path = tmp_path / "MultiJail.csv"
    path.write_text(f'id,source,tags,en\n1,x,"{"[" * 100_000}",How?\n')
    assert "line 2: tags: expected a list of some words, got 100,000 characters" in refused(path)


def test_parquet_has_types_that_json_has_not(tmp_path):
    path = tmp_path / "a.parquet"
    rows = {
        "id": ["1"],
        "prompts": [{"en": "a"}],
        "weights": [{"en": Decimal("0.5")}],
        "made": [datetime.date(2026, 1, 2)],
        "at": [datetime.datetime(2026, 1, 2, 3, 4, 5)],
    }
    pq.write_table(pa.table(rows), path)
    (group,) = PromptGroups.read(path)
    assert dict(group.weights) == {"en": 0.5}
    assert group.extra == {"made": "2026-01-02", "at": "2026-01-02T03:04:05"}
    assert PromptGroups.read(PromptGroups([group]).write(tmp_path / "a.jsonl"))[0] == group
    pq.write_table(pa.table(rows | {"raw": [b"x"]}), path)
    assert "line 1: expected values that JSON has, got b'x'" in refused(path)
    pq.write_table(pa.table({"id": ["1"], "prompts": [datetime.date(2026, 1, 2)]}), path)
    assert "line 1: prompts: expected an object of language -> prompt, got '2026-01-02'" in refused(path)
    table = pa.table([pa.array(["1"]), pa.array(["a"]), pa.array(["b"])], names=["id", "en", "en"])
    pq.write_table(table, path)
    assert "expected each column once, got 'en' 2 times" in refused(path)
