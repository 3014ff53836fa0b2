"""What the nightly script compares: files without what no two runs have alike, and all the rest of them."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import pytest

from isoglot.report import write_report

from .report import fakes


@pytest.fixture(scope="module")
def kills():
    path = Path(__file__).parents[1] / "benchmarks" / "kills.py"
    spec = importlib.util.spec_from_file_location("kills", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_pages_of_a_run_that_went_on_and_of_one_left_alone_are_one(kills, tmp_path):
    run = fakes.write_training(tmp_path / "run")
    fakes.write_evaluation(run, fakes.judged({}, prompts=2, languages=("en", "sw"), hostile=False))
    file = run / "environment.json"
    facts = json.loads(file.read_text())

    def page(name, **more):
        file.write_text(json.dumps(facts | more))
        return kills._content(write_report([run], tmp_path / f"{name}.html"))

    alone = page("alone", started_at="2026-01-01", resumed_at=[])
    assert page("resumed", started_at="2026-01-02", resumed_at=["2026-01-03"]) == alone
    assert page("other", started_at="2026-01-01", resumed_at=[], device="cuda") != alone


def test_json_is_compared_without_times_and_in_any_order(kills, tmp_path):
    (tmp_path / "a.json").write_text('{"x": [{"seconds": 1, "y": 2}], "at": 5}')
    (tmp_path / "b.json").write_text('{"at": 6, "x": [{"y": 2, "seconds": 3}]}')
    (tmp_path / "c.json").write_text('{"at": 6, "x": [{"y": 3, "seconds": 3}]}')
    a, b, c = (kills._content(tmp_path / f"{name}.json") for name in "abc")
    assert a == b != c
    assert kills.differences({"1": "a", "2": "b", "3": "c"}, {"1": "a", "2": "x", "4": "d"}) == [
        "2 is another", "3 is missing", "4 is left over",
    ]  # fmt: skip
