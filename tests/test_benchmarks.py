"""What the benchmark on a pretrained model makes of data and cells, against values worked out by hand."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pytest

FOLDER = Path(__file__).parent.parent / "benchmarks" / "pretrained"


@pytest.fixture
def modules(monkeypatch):
    """Its files, which import each other by name."""
    monkeypatch.syspath_prepend(str(FOLDER))
    import data
    import tables

    yield data, tables
    for name in ("data", "tables"):
        sys.modules.pop(name, None)


def rows(path):
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_no_prompt_of_a_test_is_near_one_that_is_trained_on(modules, data_folder, tmp_path):
    data, _ = modules
    data.write_data(data_folder, tmp_path)
    tests = [group["prompts"]["en"] for name in ("test", "search") for group in rows(tmp_path / f"{name}.jsonl")]
    trained = [row["prompt"] for row in rows(tmp_path / "sft.jsonl")]
    trained += [group["prompts"]["en"] for group in rows(tmp_path / "groups.jsonl")]
    assert len(tests) == 2 * (data.TEST + data.SEARCH)
    assert max(data.alike(one, other) for one in tests for other in trained) < data.ALIKE
    groups, test = rows(tmp_path / "groups.jsonl"), rows(tmp_path / "test.jsonl")
    assert {tuple(group["prompts"]) for group in groups} == {("en", *data.IN_GROUPS)}
    assert {tuple(group["prompts"]) for group in test} == {("en", *data.IN_GROUPS, *data.IN_NO_GROUP)}
    assert len(rows(tmp_path / "sft.jsonl")) == len(rows(tmp_path / "sft-translated.jsonl"))
    again = tmp_path / "again"
    data.write_data(data_folder, again)
    assert (again / "sft.jsonl").read_bytes() == (tmp_path / "sft.jsonl").read_bytes()


def test_alike_counts_what_two_texts_share(modules):
    data, _ = modules
    assert data.alike("How do I bake bread?", "how do i  BAKE bread?") == 1
    assert data.alike("abcd", "wxyz") == 0
    assert data.alike("abcdef", "abcdxy") == 1 / 5  # abcd; bcde, cdef, bcdx, cdxy


def test_preferences_are_answers_against_the_models_own(modules, tmp_path):
    data, _ = modules
    lines = [{"prompt": f"p{n}", "completion": "good"} for n in range(3)]
    (tmp_path / "sft.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    assert data.write_preferences(tmp_path, {"q0": " bad ", "q1": "  ", "q2": "good"}) == 2
    assert rows(tmp_path / "preferences.jsonl") == [{"prompt": "p0", "chosen": "good", "rejected": "bad"}]


def test_a_difference_is_paired_and_its_interval_holds_it(modules):
    _, tables = modules
    rng = np.random.default_rng(0)
    base = [(rng.random((60, 4)) < 0.4).astype(float) for _ in range(3)]
    better = [np.maximum(one, (rng.random((60, 4)) < 0.3).astype(float)) for one in base]
    found = tables.difference(better, base)
    assert found.value == pytest.approx(np.mean([(b - a).mean() for a, b in zip(base, better, strict=True)]))
    assert 0 < found.low < found.value < found.high
    same = tables.difference(base, base)
    assert (same.value, same.low, same.high) == (0, 0, 0)


def test_tables_are_written_from_a_sweeps_cells(modules, tmp_path):
    _, tables = modules
    codes = {"plain": "0011", "default": "1111"}
    settings = []
    for name, outcome in codes.items():
        cells = {}
        for seed in (0, 1):
            folder = tmp_path / "sweep" / "cells" / name / str(seed)
            folder.mkdir(parents=True)
            outcomes = {measure: dict.fromkeys(("en", "de", "nl"), outcome) for measure in tables.MEASURES}
            (folder / "cell.json").write_text(json.dumps({"seed": seed, "outcomes": outcomes}))
            cells[str(seed)] = f"cells/{name}/{seed}"
        settings.append({"name": name, "cells": cells})
    (tmp_path / "sweep" / "sweep.json").write_text(json.dumps({"settings": settings}))
    tables.write_tables(tmp_path / "sweep", tmp_path / "out", "sft")
    lines = (tmp_path / "out" / "sft.csv").read_text()
    assert "\ndefault,plain,harmful_refused,in groups,mean difference,0.5," in lines
    assert "\nplain,,harmful_refused,English,mean,0.5," in lines
    assert "| default | 2 | 100 | 100 | 100 |" in (tmp_path / "out" / "sft.md").read_text()
