"""Sheets that a browser saved elsewhere, of an evaluation that several judges have judged."""

from __future__ import annotations

import json
import shutil

import pytest

from isoglot.calibrate import calibrate, write_sheet
from isoglot.errors import ConfigError
from isoglot.files import write_json
from isoglot.runs.judged import metrics_path, verdicts_path

from .conftest import Made, fill


@pytest.fixture
def twice(made, tmp_path) -> Made:
    """The evaluation, with a sample drawn by the rules, after another judge has judged it, too."""
    folder = tmp_path / "run"
    shutil.copytree(made.folder, folder)
    metrics = json.loads((folder / "metrics.json").read_text())
    write_json(metrics_path(folder, "rules"), metrics)
    write_sheet(folder, n=60)
    other = metrics | {"protocol": metrics["protocol"] | {"judge": "other", "judge_version": "1"}}
    shutil.copy(verdicts_path(folder, "rules"), verdicts_path(folder, "other"))
    for path in (metrics_path(folder, "other"), folder / "metrics.json"):
        write_json(path, other)
    write_json(folder / "protocol.json", other["protocol"])
    return Made(folder, made.truth)


def test_the_judge_is_the_one_that_the_sample_was_drawn_by(twice, tmp_path):
    (tmp_path / "downloads").mkdir()
    saved = fill(twice.folder / "labels" / "labels.csv", twice.truth, tmp_path / "downloads" / "labels.anna.csv")
    found = calibrate([saved], tmp_path / "calibration.json", evaluation=twice.folder)
    assert found.record["judge"] == "rules"
    beside = fill(twice.folder / "labels" / "labels.csv", twice.truth, twice.folder / "labels" / "labels.anna.csv")
    assert calibrate([beside], tmp_path / "beside.json").record["kinds"] == found.record["kinds"]


def test_where_nothing_says_it_the_judge_must_be_named(twice, tmp_path):
    other = write_sheet(twice.folder, tmp_path / "other", n=40, judge="rules", seed=7).folder / "labels.csv"
    (tmp_path / "downloads").mkdir()
    saved = fill(other, twice.truth, tmp_path / "downloads" / "labels.csv")
    for folder in (None, twice.folder / "labels"):  # with the design of another sample there, and without any
        if folder is not None:
            shutil.rmtree(folder)
        with pytest.raises(ConfigError, match=r"judge: expected the name of one, got none, of other, rules\. Say"):
            calibrate([saved], tmp_path / "calibration.json", evaluation=twice.folder)
    found = calibrate([saved], tmp_path / "calibration.json", evaluation=twice.folder, judge="rules")
    assert found.record["judge"] == "rules"
