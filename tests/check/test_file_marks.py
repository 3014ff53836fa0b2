"""Marks of people: which count, and what they do."""

from __future__ import annotations

import json
from collections import Counter

import pytest

from isoglot.check import CellCheck
from isoglot.check.checker import Cell
from isoglot.check.file import CELLS, GROUPS, MARKS, PAGE
from isoglot.check.marks import read_marks
from isoglot.check.result import Result, text_hash
from isoglot.check.sample import Sample
from isoglot.errors import DataError, MissingFileError
from isoglot.metrics import wilson

from .conftest import RULES, check, lines, write

pytestmark = pytest.mark.usefixtures("rules")
COUNTED = (
    "keep",
    "drop",
    "stored",
    "elsewhere",
    "dropped_elsewhere",
    "failed_elsewhere",
    "waiting",
    "stale",
    "unknown",
)


def marks_counted(**some):
    """What ``check.json`` says of marks: these, and none of any other kind."""
    return dict.fromkeys(COUNTED, 0) | some


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
    assert found["marks"] == marks_counted(keep=1, drop=1, stale=1, unknown=1)
    one = check(file, tmp_path / "one", marks=read_marks([tmp_path / "marks.jsonl"]), languages=["ar"])
    # Those of languages that are not checked count all the same.
    assert one["marks"] == marks_counted(keep=1, drop=1, elsewhere=2, dropped_elsewhere=1, stale=1, unknown=1)
    counts = {tag: (one["flagged"], one["removed"]) for tag, one in found["languages"].items()}
    assert counts == {"sw": (0, 0), "ar": (1, 0), "de": (0, 1), "fr": (0, 0)}
    assert (found["languages"]["sw"]["kept_by_mark"], found["languages"]["de"]["dropped_by_mark"]) == (1, 1)
    (made,) = lines(tmp_path / "out" / GROUPS)
    assert set(made["prompts"]) == {"en", "sw", "ar", "fr"}
    assert made["weights"] == {"sw": 0.7, "ar": 0.6}
    assert made["provenance"]["sw"] == {
        "checked": RULES, "checks": ["refusal"], "score": 1.0, "mark": "keep", "hash": told["sw"]["hash"],
        "unmarked_score": 0.0,
    }  # fmt: skip
    page = (tmp_path / "out" / PAGE).read_text()
    assert (
        "Marks: 1 kept, 1 dropped. Not used: 1 of texts that have changed since and 1 of cells that are not there."
        in page
    )


def test_a_mark_to_keep_holds_in_the_groups_that_were_written_as_long_as_the_texts_are_the_same(tmp_path):
    file = write(tmp_path / "g.jsonl", {"id": "a", "prompts": {"en": "A?", "sw": "[refusal 1]", "ar": "[lost 0.4]"}})
    check(file, tmp_path / "first")
    told = {one["language"]: one["hash"] for one in lines(tmp_path / "first" / CELLS)}
    mark = {"id": "a", "language": "sw", "mark": "keep", "hash": told["sw"]}
    check(file, tmp_path / "out", marks=read_marks([write(tmp_path / "marks.jsonl", mark)]))
    written = (tmp_path / "out" / GROUPS).read_bytes()
    again = check(tmp_path / "out" / GROUPS, tmp_path / "again")
    assert (tmp_path / "again" / GROUPS).read_bytes() == written
    assert again["marks"] == marks_counted(keep=1, stored=1)
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


def test_marks_of_languages_that_are_not_checked_hold_in_what_is_written(tmp_path):
    """Given now or in the folder: what somebody has dropped is not trained on, whichever languages are checked."""
    prompts = {"en": "A?", "sw": "Vipi", "ar": "[lost 0.4]", "de": "Wie", "fr": "[lost 0.4]", "zh": "[refusal 1]"}
    file = write(tmp_path / "g.jsonl", {"id": "a", "prompts": prompts, "weights": {"de": 0.5}})
    cells = {tag: Cell("a", "A?", "en", text, tag) for tag, text in prompts.items()}

    def mark(tag, said):
        return {"id": "a", "language": tag, "mark": said, "hash": text_hash(cells[tag])}

    given = read_marks(
        [write(tmp_path / "m.jsonl", *(mark(*one) for one in [("de", "drop"), ("ar", "keep"), ("sw", "keep")]))]
    )
    check(file, tmp_path / "out", keep_all=True)
    before = tmp_path / "before.jsonl"
    (tmp_path / "out" / GROUPS).rename(before)  # an earlier check has lowered weights
    assert lines(before)[0]["weights"] == {"de": 0.5, "ar": 0.6, "fr": 0.6, "zh": 0.0}
    found = check(before, tmp_path / "out", languages=["sw"], marks=given)
    assert (found["cells"], found["flagged"], found["filtering"]["removed"]) == (1, 0, 0)  # of the language asked for
    assert found["marks"] == marks_counted(keep=2, drop=1, elsewhere=2, dropped_elsewhere=1)
    (made,) = lines(tmp_path / "out" / GROUPS)
    assert set(made["prompts"]) == {"en", "sw", "ar", "fr", "zh"}
    assert made["weights"] == {"ar": 1.0, "fr": 0.6, "zh": 0.0}
    assert made["provenance"]["ar"] == {
        "checked": RULES,
        "checks": ["lost"],
        "score": 1.0,
        "mark": "keep",
        "hash": text_hash(cells["ar"]),
        "unmarked_score": 0.6,
    }
    assert made["provenance"]["fr"] == {"checked": RULES, "checks": ["lost"], "score": 0.6}
    kept = [json.loads(line) for line in (tmp_path / "out" / MARKS).read_text().splitlines()]
    assert kept == [mark("de", "drop"), mark("ar", "keep"), mark("sw", "keep")]
    page = (tmp_path / "out" / PAGE).read_text().replace("\u00a0", " ")
    assert "Marks: 2 kept, 1 dropped (2 in languages that were not checked)." in page
    assert "Not used" not in page
    assert "No translation that was checked scores under 0.5, so none of these is left out." in page
    assert "1 translation in languages that were not checked is left out by marks." in page
    # A mark that stands in the groups stays there, until it is taken back.
    again = tmp_path / "again.jsonl"
    again.write_bytes((tmp_path / "out" / GROUPS).read_bytes())
    check(again, tmp_path / "second", languages=["sw"])
    assert (tmp_path / "second" / GROUPS).read_bytes() == again.read_bytes()
    back = read_marks([write(tmp_path / "back.jsonl", mark("ar", "none"))])
    check(again, tmp_path / "third", languages=["sw"], marks=back)
    (made,) = lines(tmp_path / "third" / GROUPS)  # with the score and the weight that it had before it was marked
    assert made["weights"]["ar"] == 0.6
    assert made["provenance"]["ar"] == {"checked": RULES, "checks": ["lost"], "score": 0.6}
    last = check(tmp_path / "third" / GROUPS, tmp_path / "last", languages=["ar"])
    assert (last["flagged"], lines(tmp_path / "last" / GROUPS)[0]["weights"]["ar"]) == (1, 0.6)


@pytest.mark.parametrize("said", [{}, {"de": {"backend": "nllb", "score": 0.5}}, {"de": {"checked": RULES}}])
def test_a_mark_to_keep_says_nothing_of_a_check_that_was_not_made(tmp_path, said):
    """Nor does it write over what a file says of the cell, as a score that is no check's of ours."""
    prompts = {"en": "A?", "sw": "Vipi", "de": "[lost 0.4]"}
    made_of = text_hash(Cell("a", "A?", "en", prompts["de"], "de"))
    mark = {"id": "a", "language": "de", "mark": "keep", "hash": made_of}
    group = {"id": "a", "prompts": prompts, "weights": {"de": 0.5}, "provenance": said}
    file, given = write(tmp_path / "g.jsonl", group), write(tmp_path / "m.jsonl", mark)
    check(file, tmp_path / "kept", languages=["sw"], marks=read_marks([given]))
    (made,) = lines(tmp_path / "kept" / GROUPS)
    assert made["provenance"]["de"] == said.get("de", {}) | {"mark": "keep", "hash": made_of}
    assert made["weights"] == {"de": 0.5}
    assert check(tmp_path / "kept" / GROUPS, tmp_path / "next")["marks"]["stored"] == 1
    back = read_marks([write(tmp_path / "back.jsonl", mark | {"mark": "none"})])
    check(tmp_path / "kept" / GROUPS, tmp_path / "out", languages=["sw"], marks=back)
    (made,) = lines(tmp_path / "out" / GROUPS)
    assert (made["provenance"].get("de"), made["weights"]) == (said.get("de"), {"de": 0.5})


def test_a_mark_that_is_taken_back_waits_for_a_check_where_the_score_before_it_is_not_known(tmp_path):
    """As in groups of a version that did not write it."""
    made_of = text_hash(Cell("a", "A?", "en", "[lost 0.4]", "de"))
    marked = {"checks": ["lost"], "score": 1.0, "mark": "keep", "hash": made_of}
    prompts = {"en": "A?", "sw": "Vipi", "de": "[lost 0.4]"}
    file = write(tmp_path / "g.jsonl", {"id": "a", "pivot": "en", "prompts": prompts, "provenance": {"de": marked}})
    back = write(tmp_path / "m.jsonl", {"id": "a", "language": "de", "mark": "none", "hash": made_of})
    found = check(file, tmp_path / "out", languages=["sw"], marks=read_marks([back]))
    assert found["marks"]["waiting"] == 1
    said = "1 mark was taken back in languages that were not checked: its cell keeps the weight until they are."
    assert said in (tmp_path / "out" / PAGE).read_text()
    assert lines(tmp_path / "out" / GROUPS)[0]["provenance"]["de"] == {"checks": ["lost"], "score": 1.0}
    check(tmp_path / "out" / GROUPS, tmp_path / "next")
    assert lines(tmp_path / "next" / GROUPS)[0]["weights"] == {"de": 0.6}


def test_a_mark_that_a_check_has_stored_is_taken_back_with_the_weight_that_was_given(tmp_path):
    prompts = {"en": "A?", "sw": "Vipi", "de": "[lost 0.4]"}
    made_of = text_hash(Cell("a", "A?", "en", prompts["de"], "de"))
    mark = {"id": "a", "language": "de", "mark": "keep", "hash": made_of}
    file = write(tmp_path / "g.jsonl", {"id": "a", "prompts": prompts, "weights": {"de": 0.5}})
    check(file, tmp_path / "kept", marks=read_marks([write(tmp_path / "m.jsonl", mark)]))
    assert lines(tmp_path / "kept" / GROUPS)[0]["weights"] == {"de": 0.5}
    back = read_marks([write(tmp_path / "back.jsonl", mark | {"mark": "none"})])
    found = check(tmp_path / "kept" / GROUPS, tmp_path / "out", languages=["sw"], marks=back)
    assert (found["marks"]["waiting"], lines(tmp_path / "out" / GROUPS)[0]["weights"]) == (0, {"de": 0.3})


@pytest.mark.parametrize("keep_all", [False, True])
def test_a_cell_that_is_not_usable_goes_when_its_mark_is_taken_back(tmp_path, keep_all):
    prompts = {"en": "A?", "sw": "Vipi", "de": "[lost 0.8]"}
    made_of = text_hash(Cell("a", "A?", "en", prompts["de"], "de"))
    mark = {"id": "a", "language": "de", "mark": "keep", "hash": made_of}
    file = write(tmp_path / "g.jsonl", {"id": "a", "prompts": prompts})
    check(file, tmp_path / "kept", marks=read_marks([write(tmp_path / "m.jsonl", mark)]))
    back = read_marks([write(tmp_path / "back.jsonl", mark | {"mark": "none"})])
    found = check(tmp_path / "kept" / GROUPS, tmp_path / "out", languages=["sw"], marks=back, keep_all=keep_all)
    (made,) = lines(tmp_path / "out" / GROUPS)
    assert (found["marks"]["failed_elsewhere"], "de" in made["prompts"]) == ((0, True) if keep_all else (1, False))
    if keep_all:
        assert made["weights"] == {"de": 0.2}
    else:
        page = (tmp_path / "out" / PAGE).read_text().replace("\u00a0", " ")
        assert "1 translation in languages that were not checked is left out by marks." in page


def test_a_mark_of_other_texts_drops_nothing_of_a_language_that_is_not_checked(tmp_path):
    file = write(tmp_path / "g.jsonl", {"id": "a", "pivot": "en", "prompts": {"en": "A?", "sw": "Vipi", "de": "Wie"}})
    old = {"id": "a", "language": "de", "mark": "drop", "hash": text_hash(Cell("a", "A?", "en", "Anders", "de"))}
    found = check(file, tmp_path / "out", languages=["sw"], marks=read_marks([write(tmp_path / "m.jsonl", old)]))
    assert (found["marks"]["drop"], found["marks"]["stale"]) == (0, 1)
    told = {"provenance": {"sw": {"checked": RULES}}}
    assert lines(tmp_path / "out" / GROUPS) == [record | told for record in lines(file)]


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
