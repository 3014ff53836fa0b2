"""``isoglot check``: what is said, what it ends with, and where it writes."""

from __future__ import annotations

import json
import re

import pytest

from isoglot.check import CellCheck, Finding

from ..check.conftest import NoNorms

RECORDS = [
    {"id": "a", "prompts": {"en": "How so?", "sw": "Vipi?", "ku": "Bad"}},
    {"id": "b", "prompts": {"en": "Who are you?", "sw": "Who are you", "ku": "Baş e"}},
]


@pytest.fixture(autouse=True)
def _rules(monkeypatch):
    def rules(source, text, *, source_language, language, norms):
        found = (Finding("refusal", 1.0, "declines"),) if text == "Bad" else ()
        return CellCheck(found, {"Bad": "ckb", "Baş e": "kmr", "Who are you": "en"}.get(text, language))

    monkeypatch.setattr("isoglot.check.processes.check_cell", rules)
    for module in ("processes", "file"):
        monkeypatch.setattr(f"isoglot.check.{module}.Norms", NoNorms)


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "mine.jsonl"
    path.write_text("".join(json.dumps(one) + "\n" for one in RECORDS))
    return path


def test_a_table_sentences_and_where_to_look(call, file, tmp_path):
    status, out, err = call("check", file)
    assert status == 0
    assert "1 of 4 translations is flagged" in out
    assert "the translator declined 1" in out
    assert "ku is used for several languages: Central Kurdish (ckb) in 1 and Northern Kurdish (kmr) in 1" in out
    assert "sw is used for several languages" not in out  # what is in the pivot's was not translated
    folder = tmp_path / "mine.check"
    assert out.splitlines()[-2:] == [str(folder / "check.html"), str(folder / "groups.jsonl")]
    assert "Checking 2 groups (4 translations)" in err
    assert "1 of 4 translations scores under 0.5, and is left out of the groups.jsonl that is written." in out
    assert "Next: the same command with --marks marks.jsonl" in err
    hash_of = json.loads((folder / "cells.jsonl").read_text())["hash"]
    marks = tmp_path / "marks.jsonl"
    marks.write_text(json.dumps({"id": "a", "language": "ku", "mark": "keep", "hash": hash_of}) + "\n")
    status, out, err = call("check", file, "--marks", marks, "--fail-over", "0", "--languages", "ku", "--json")
    found = json.loads(out)
    assert (status, found["flagged"], found["marks"]["keep"]) == (0, 0, 1)
    marks.unlink()  # the folder of the check has them
    assert call("check", file, "--fail-over", "0", "--languages", "ku")[0] == 0
    marks.write_text(json.dumps({"id": "a", "language": "ku", "mark": "none", "hash": hash_of}) + "\n")
    assert call("check", file, "--marks", marks, "--fail-over", "0", "--languages", "ku")[0] == 1
    assert call("check", file, "--fail-over", "0", "--languages", "ku")[0] == 1
    marks.write_text(json.dumps({"id": "a", "language": "ku", "mark": "keep", "hash": hash_of}) + "\n")
    status, out, err = call("check", file, "--marks", marks, "--languages", "ku", "--json")
    found = json.loads(out)
    assert f"Next: isoglot groups split {folder / 'groups.jsonl'} --test 0.2 -o FOLDER" in err
    assert found["languages"]["ku"]["languages_found"] == {"ckb": 1, "kmr": 1}
    assert json.loads((folder / "check.json").read_text()) == found


def test_what_ends_with_1_and_what_with_2(call, file, tmp_path, monkeypatch):
    for options, status, said in (
        (("--fail-over", "0.2"), 1, "--fail-over: expected at most 0.2 of the cells flagged, got 1 of 4."),
        (("--fail-over", "0.25"), 0, ""),
        (("--fail-over", "2"), 2, "--fail-over: expected 1 or less, got '2'."),
        (("--pivot", "English, please"), 2, "--pivot: expected a BCP-47 tag, as in en, got 'English, please'"),
        (("--languages", "xx"), 1, "--languages: expected some of sw, ku, got 'xx'"),
        (("--marks", tmp_path / "none"), 1, "none: expected a file, got nothing"),
        (("--columns", "en=a", "--shape", "pku-test"), 1, "columns: expected the shape table"),
    ):
        found = call("check", file, *options, "-o", tmp_path / "out")
        assert (found[0], said in found[2]) == (status, True), found
        assert "Traceback" not in found[2]
    for option in ("--embeddings", "--quality", "--model"):  # before anything is read
        status, out, err = call("check", file, option, tmp_path / "no-model", "-o", tmp_path / "with-model")
        assert (status, out, "expected" in err, "Reading" in err) == (1, "", True, False), err
        assert not (tmp_path / "with-model").exists()
    monkeypatch.chdir(tmp_path)
    own = tmp_path / "x.check" / "groups.jsonl"
    own.parent.mkdir()
    own.write_text(file.read_text())
    status, _, err = call("check", own, "-o", own.parent)
    assert (status, "--output: expected another folder than the one that is read from" in err) == (2, True)
    status, _, err = call("check", own, "-o", own)
    assert (status, f"{own}: expected a folder, or a place for one, got a file" in err) == (1, True)
    alone = tmp_path / "alone.jsonl"
    alone.write_text(json.dumps({"id": "a", "prompts": {"en": "How so?"}}) + "\n")
    status, _, err = call("check", alone, "--fail-over", "0")
    assert (status, "There is no translation to check. Next: isoglot translate" in err) == (1, True)
    assert "--fail-over: expected translations, got none." in err
    for language in ("en", "sw"):
        (tmp_path / f"p.{language}.txt").write_text("How so?\n")
    assert call("check", "p.{lang}.txt", "--json")[0] == 0
    swahili = ("check", "p.sw.txt", "--columns", "sw=prompt", "--pivot", "sw")
    assert "There is no translation to check. Next: isoglot translate" in call(*swahili)[2]
    assert (tmp_path / "p.check" / "check.html").is_file()


def test_a_small_share_of_flagged_cells_is_not_rounded_away(call, tmp_path):
    records = [
        {"id": str(n), "prompts": {"en": f"How so {n}?", "sw": "Bad" if n == 0 else f"Vipi {n}"}} for n in range(315)
    ]
    (tmp_path / "g.jsonl").write_text("".join(json.dumps(one) + "\n" for one in records))
    _, out, _ = call("check", tmp_path / "g.jsonl")
    assert " 0.3 % " in out


def test_round_trips_are_counted_first_and_a_backend_that_is_gone_ends_with_1(call, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    records = [{"id": str(n), "prompts": {"en": f"How so {n}?", "de": f"Wie {n}?"}} for n in range(40)]
    for one in records[:39]:
        one["prompts"]["it"] = f"Come {one['id']}?"
    (tmp_path / "g.jsonl").write_text("".join(json.dumps(one) + "\n" for one in records))
    back = ("--round-trip", "openai:m@http://127.0.0.1:9/v1", "--max-retries", "0", "--price", "1/2")
    status, out, err = call("check", "g.jsonl", *back, "--dry-run")
    assert status == 0
    assert "Translations to check: 79 (de 40, it 39)" in out
    assert "Not back: it 39, as at least 40 cells of a language are needed" in out
    assert "Back by openai:m@http://127.0.0.1:9/v1: 40 texts in 40 calls, about" in out
    assert "cost 0.0" in out
    assert "Nothing was written" in err
    assert [path.name for path in tmp_path.iterdir()] == ["g.jsonl"]
    status, out, err = call("check", "g.jsonl", *back)
    assert status == 1
    assert "got none after 10 failures in a row" in err
    assert (out + err).count("expected an answer, got") == 1  # which is said once
    texts, calls = re.search(r"(\d+) texts asked in (\d+) calls; 0 from the cache", out).groups()
    assert 10 <= int(texts) == int(calls) < 18  # the tenth that failed ends it, while others are under way
    assert "All else that was looked for is in g.check." in err
    assert len((tmp_path / "g.check" / "groups.jsonl").read_text().splitlines()) == 40
    assert not (tmp_path / "g.check" / "round-trips.sqlite").exists()  # in which nothing would be
    status, _, err = call("check", "g.jsonl", "--languages", "sw", "--dry-run")
    assert (status, "expected some of de, it" in err) == (1, True)


def test_a_pivot_that_no_group_has_is_refused_and_what_was_there_stays(call, file, tmp_path):
    assert call("check", file, "-o", tmp_path / "out")[0] == 0
    before = {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()}
    for pivot, got in (("zz", "'zz'"), ("eng-GB", "'en-GB'")):
        status, out, err = call("check", file, "--pivot", pivot, "-o", tmp_path / "out")
        assert (status, out) == (1, "")
        assert f"--pivot: expected a language that the groups have, got {got}. Languages there: en, sw, ku." in err
    assert {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()} == before
    other = tmp_path / "sw.jsonl"
    other.write_text(json.dumps({"id": "a", "prompts": {"sw": "Habari?", "de": "Wie geht es?"}}) + "\n")
    status, _, err = call("check", other)
    assert (status, (tmp_path / "sw.check").exists()) == (1, False)
    assert "expected groups with their pivot, got none that has en. Languages there: sw, de." in err
    assert "Name one as the pivot, such as sw." in err
