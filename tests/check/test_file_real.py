"""Real files checked. Skipped where the data is not there."""

from __future__ import annotations

import csv

import pytest

from isoglot import PromptGroups
from isoglot.check.answers import Answers

from ..conftest import DATA
from .conftest import check

PAPER = DATA / "mlc-paper"
pytestmark = pytest.mark.skipif(not PAPER.is_dir(), reason=f"{PAPER} is not there")


def test_hardly_a_cell_of_a_clean_file_is_flagged(tmp_path, monkeypatch):
    monkeypatch.setattr("isoglot.check.processes.MANY", 10**9)  # no processes
    with open(DATA / "multijail" / "MultiJail.csv", encoding="utf-8", newline="") as file:
        head, *rows = csv.reader(file)
    with open(tmp_path / "third.csv", "w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([head, *rows[::3]])
    found = check(tmp_path / "third.csv", tmp_path / "out")
    assert found["cells"] == 945
    assert found["flagged"] < 0.01 * found["cells"]
    assert found["filtering"]["removed"] <= found["flagged"]


def test_the_paper_s_files(tmp_path):
    lines = (PAPER / "pku_saferlhf_safety_test.jsonl").read_text(encoding="utf-8").splitlines(keepends=True)
    (tmp_path / "some.jsonl").write_text("".join(lines[:110]), encoding="utf-8")
    found = check(tmp_path / "some.jsonl", tmp_path / "test")
    assert found["languages"]["ku"]["languages_found"] == {"ckb": 78, "kmr": 32}
    assert found["near_duplicates"]["first"] == [["pku-test-0002", "pku-test-0103"]]
    (parallel,) = PAPER.glob("*.json")
    answers = Answers()
    for group in PromptGroups.read(parallel):
        answers.add(group)
    assert answers.to_record() == {"output": {"groups": 336, "count": 1, "first": ["pku-0001"]}}
