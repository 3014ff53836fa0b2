"""Marks of people: which count, and what they do."""

from __future__ import annotations

import pytest

from isoglot.check.file import CELLS, GROUPS, PAGE
from isoglot.check.marks import read_marks
from isoglot.errors import DataError, MissingFileError

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
    assert found["marks"] == {"keep": 1, "drop": 1, "stale": 1, "unknown": 1}
    counts = {tag: (one["flagged"], one["removed"]) for tag, one in found["languages"].items()}
    assert counts == {"sw": (0, 0), "ar": (1, 0), "de": (0, 1), "fr": (0, 0)}
    assert (found["languages"]["sw"]["kept_by_mark"], found["languages"]["de"]["dropped_by_mark"]) == (1, 1)
    (made,) = lines(tmp_path / "out" / GROUPS)
    assert set(made["prompts"]) == {"en", "sw", "ar", "fr"}
    assert made["weights"] == {"sw": 0.7, "ar": 0.6}
    assert made["provenance"]["sw"] == {"checks": ["refusal"], "score": 1.0, "mark": "keep"}
    assert "Marks: 1 kept, 1 dropped" in (tmp_path / "out" / PAGE).read_text()


def test_what_is_wrong_with_marks_is_said_all_at_once(tmp_path):
    file = tmp_path / "marks.jsonl"
    file.write_text('{"id": "a", "language": "sw", "mark": "kep", "hash": "x"}\n[]\n{"id": 1, "mark": "keep"}\n{\n')
    with pytest.raises(DataError) as caught:
        read_marks([file])
    said = str(caught.value).split("\n")
    assert len(said) == 4
    assert said[0] == f"{file}, line 1, mark: expected keep or drop, got 'kep'. Did you mean 'keep'?"
    assert "none as id, language, hash" in said[2]
    with pytest.raises(MissingFileError):
        read_marks([tmp_path / "none"])
