"""A cell's folder: what stays, what goes, what is set aside."""

from __future__ import annotations

import json
from pathlib import Path

from isoglot.sweep.cell import Cell


def cell(folder: Path, model: str = "a") -> Cell:
    key = {"run": {}, "inputs": {"model": model}, "evaluate": {"test": "t"}, "judge": {}}
    return Cell(
        setting="s", name="s", seed=0, folder=folder, run={"method": "dpo"}, model={}, test=folder, key=key, meta={},
        max_new_tokens=8, batch_size=1, keep_model=False, reference=folder,
    )  # fmt: skip


def test_finished_work_of_other_inputs_is_set_aside(tmp_path):
    first = cell(tmp_path / "seed-0")
    first.prepare()
    (first.folder / "cell.json").write_text(json.dumps({"key": dict(first.key)}))
    (first.folder / "responses.jsonl").write_text("hours of work")
    assert first.result() is not None
    other = cell(tmp_path / "seed-0", model="b")
    assert other.result() is None
    other.prepare()
    assert not (other.folder / "responses.jsonl").exists()
    assert (tmp_path / "seed-0.replaced" / "responses.jsonl").read_text() == "hours of work"
    assert (tmp_path / "seed-0.replaced" / "cell.json").exists()


def test_what_was_only_begun_with_other_inputs_goes(tmp_path):
    first = cell(tmp_path / "seed-0")
    first.prepare()
    (first.folder / "responses.jsonl").write_text("a few")
    first.prepare()
    assert (first.folder / "responses.jsonl").exists()
    cell(tmp_path / "seed-0", model="b").prepare()
    assert [path.name for path in tmp_path.iterdir()] == ["seed-0"]
    assert not (first.folder / "responses.jsonl").exists()
