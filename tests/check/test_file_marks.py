"""Marks of people: which count, and what they do."""

from __future__ import annotations

import json
from collections import Counter

import pytest

from isoglot.check import CellCheck
from isoglot.check.file import CELLS, GROUPS, PAGE
from isoglot.check.marks import read_marks
from isoglot.check.measure import Cell
from isoglot.check.result import Result
from isoglot.check.sample import Sample
from isoglot.errors import DataError, MissingFileError
from isoglot.metrics import wilson

from .conftest import check, lines, write

pytestmark = pytest.mark.usefixtures("rules")


def test_marks_count_for_the_texts_that_they_were_made_of(tmp_path):
    prompts = {"en": "A prompt?", "sw": "[refusal 1]", "ar": "[lost 0.4]", "de": "[kept 0.2]", "fr": "Bien"}
    file = write(tmp_path / "g.jsonl", {"id": "a", "prompts": prompts, "weights": {"sw": 0.7}})
    check(file, tmp_path / "first")
    told = {one["language"]: one for one in lines(tmp_path / "first" / CELLS)}
    marks = [
        {"id": "a", "language": "sw", "mark": "drop", "hash": told["sw"]["hash"]},
        {"id": "a", "language": "sw", "mark": "keep", "hash": told["sw"]["hash"]},  # later counts
        {"id": "a", "language": "de", "mark": "drop", "hash": told["de"]["hash"]},
        {"id": "a", "language": "ar", "mark": "keep", "hash": "of other texts"},
        {"id": "gone", "language": "ar", "mark": "keep", "hash": told["ar"]["hash"]},
    ]
    read = read_marks([write(tmp_path / "marks.jsonl", *marks)])
    found = check(file, tmp_path / "out", marks=read)
    assert found["marks"] == {"keep": 1, "drop": 1, "stored": 0, "stale": 1, "unknown": 1}
    one = check(file, tmp_path / "one", marks=read_marks([tmp_path / "marks.jsonl"]), languages=["ar"])
    assert one["marks"] == {"keep": 0, "drop": 0, "stored": 0, "stale": 1, "unknown": 1}  # those not checked are there
    counts = {tag: (one["flagged"], one["removed"]) for tag, one in found["languages"].items()}
    assert counts == {"sw": (0, 0), "ar": (1, 0), "de": (0, 1), "fr": (0, 0)}
    assert (found["languages"]["sw"]["kept_by_mark"], found["languages"]["de"]["dropped_by_mark"]) == (1, 1)
    (made,) = lines(tmp_path / "out" / GROUPS)
    assert set(made["prompts"]) == {"en", "sw", "ar", "fr"}
    assert made["weights"] == {"sw": 0.7, "ar": 0.6}
    assert made["provenance"]["sw"] == {
        "checks": ["refusal"], "score": 1.0, "mark": "keep", "hash": told["sw"]["hash"],
    }  # fmt: skip
    assert "Marks: 1 kept, 1 dropped" in (tmp_path / "out" / PAGE).read_text()


def test_a_mark_to_keep_holds_in_the_groups_that_were_written_as_long_as_the_texts_are_the_same(tmp_path):
    file = write(tmp_path / "g.jsonl", {"id": "a", "prompts": {"en": "A?", "sw": "[refusal 1]", "ar": "[lost 0.4]"}})
    check(file, tmp_path / "first")
    told = {one["language"]: one["hash"] for one in lines(tmp_path / "first" / CELLS)}
    mark = {"id": "a", "language": "sw", "mark": "keep", "hash": told["sw"]}
    check(file, tmp_path / "out", marks=read_marks([write(tmp_path / "marks.jsonl", mark)]))
    written = (tmp_path / "out" / GROUPS).read_bytes()
    again = check(tmp_path / "out" / GROUPS, tmp_path / "again")
    assert (tmp_path / "again" / GROUPS).read_bytes() == written
    assert again["marks"] == {"keep": 1, "drop": 0, "stored": 1, "stale": 0, "unknown": 0}
    assert {tag: one["flagged"] for tag, one in again["languages"].items()} == {"sw": 0, "ar": 1}
    assert "Marks: 1 kept (1 by marks that stand in the file)" in (tmp_path / "again" / PAGE).read_text()
    (made,) = lines(tmp_path / "out" / GROUPS)
    made["prompts"]["sw"] += " [echo 1]"
    other = check(write(tmp_path / "changed.jsonl", made), tmp_path / "changed")
    assert (other["languages"]["sw"]["flagged"], other["marks"]["stale"]) == (1, 1)
    taken_back = read_marks([write(tmp_path / "back.jsonl", mark | {"mark": "none"})])
    back = check(tmp_path / "out" / GROUPS, tmp_path / "back", marks=taken_back)
    assert (back["languages"]["sw"]["flagged"], back["marks"]["keep"]) == (1, 0)
    assert "sw" not in lines(tmp_path / "back" / GROUPS)[0]["prompts"]


def test_of_what_passed_some_is_shown_by_chance_and_what_is_dropped_of_it_is_what_was_missed(tmp_path):
    cells = [{"en": f"Prompt {n}?", "sw": f"Sawa {n}", "ar": "[lost 0.4]" if n % 2 else f"نعم {n}"} for n in range(30)]
    records = [{"id": str(n), "prompts": prompts} for n, prompts in enumerate(cells)]
    file, back_to_front = write(tmp_path / "g.jsonl", *records), write(tmp_path / "h.jsonl", *records[::-1])

    def drawn(file, **options):
        check(file, tmp_path / "out", **options)
        data = (tmp_path / "out" / PAGE).read_text().split('id="data">')[1].split("</script>")[0]
        return [row for row in json.loads(data)["rows"] if row["passed"]]

    rows = drawn(file, sample=8)
    assert [row["language"] for row in rows] == ["sw"] * 8 + ["ar"] * 8
    assert all(row["findings"] == [] for row in rows)
    names = [(row["id"], row["language"]) for row in rows]
    assert {(row["id"], row["language"]) for row in drawn(back_to_front, sample=8)} == set(names)
    assert {(row["id"], row["language"]) for row in drawn(file, sample=8, seed=1)} != set(names)
    assert drawn(file, sample=0) == []
    many = Counter[str]()
    for seed in range(60):
        sample = Sample(8, seed)
        for record in records:
            cell = Cell(record["id"], record["prompts"]["en"], "en", record["prompts"]["sw"], "sw")
            sample.add(Result(cell, None, None, CellCheck()))
        many.update(row["id"] for row in sample.rows())
    assert len(many) == 30  # each comes up: of 30 that pass, 8 are drawn, 60 times
    assert all(2 <= count <= 30 for count in many.values())  # 16, and four deviations of 3.4 more or less
    marks = [
        {name: row[name] for name in ("id", "language", "hash")} | {"mark": "drop" if place < 2 else "keep"}
        for place, row in enumerate(rows)
    ]
    found = check(file, tmp_path / "out", marks=read_marks([write(tmp_path / "marks.jsonl", *marks)]))
    assert found["passed"] == {"looked_at": 16, "dropped": 2, "share": wilson(2, 16).as_dict()}
    assert [found["languages"][tag]["passed"]["dropped"] for tag in ("sw", "ar")] == [2, 0]
    page = (tmp_path / "out" / PAGE).read_text()
    assert "nothing was found 16 have marks, 2 of them to drop: 12" in page


def test_what_is_wrong_with_marks_is_said_all_at_once(tmp_path):
    file = tmp_path / "marks.jsonl"
    file.write_text('{"id": "a", "language": "sw", "mark": "kep", "hash": "x"}\n[]\n{"id": 1, "mark": "keep"}\n{\n')
    with pytest.raises(DataError) as caught:
        read_marks([file])
    said = str(caught.value).split("\n")
    assert len(said) == 4
    assert said[0] == f"{file}, line 1, mark: expected keep, drop or none, got 'kep'. Did you mean 'keep'?"
    assert "none as id, language, hash" in said[2]
    with pytest.raises(MissingFileError):
        read_marks([tmp_path / "none"])
