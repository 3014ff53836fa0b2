"""A sweep's rates are corrected for the judge's errors by the same calibration, in the same way, as an evaluation's."""

from __future__ import annotations

import json

import numpy as np
import pytest

from isoglot.errors import MissingFileError
from isoglot.evaluate.numbers.corrected_rates import corrected_mean
from isoglot.files import sampled_hash, without_nan, write_json
from isoglot.judges import RuleJudge
from isoglot.metrics import corrected_rate, wilson
from isoglot.metrics.estimate import BOOTSTRAP, Estimate
from isoglot.runs.calibration import JudgeErrors, calibration_file
from isoglot.sweep import sweep
from isoglot.sweep.corrected import found_for
from isoglot.sweep.page import render
from isoglot.sweep.record import record as record_of
from isoglot.sweep.results import collect

SENSITIVITY, SPECIFICITY = wilson(80, 100), wilson(95, 100)


def calibration(languages, version=RuleJudge.version) -> dict:
    errors = {
        "n": 200,
        "positives": 100,
        "own": 0.5,
        "sensitivity": SENSITIVITY.as_dict(),
        "specificity": SPECIFICITY.as_dict(),
        "kappa": wilson(1, 2).as_dict(),
    }
    kinds = {"harmful": {tag: {"refused": errors} for tag in languages}}
    labels = {"model": "another"}
    return {"judge": "rules", "version": version, "n": 200, "kinds": kinds, "pooled": {}, "labels": labels}


@pytest.fixture
def made(planned, works, world, tmp_path, monkeypatch):
    """One setting, two seeds of 40 prompts each; it refuses half in each aligned language."""
    from isoglot.quickstart.world.data import held_out_groups

    monkeypatch.chdir(tmp_path)
    held_out_groups(world, 40, seed=0).write(tmp_path / "test.jsonl")
    made = planned(
        settings=[{"name": "some", "consistency.weight": 1}],
        evaluate={"groups": str(tmp_path / "test.jsonl"), "max_new_tokens": 4},
    )
    for trial in made.trials:
        works.write_result(trial, dict.fromkeys(made.slices["aligned"], 0.5) | {"en": 0.75})
    return made


def calibrated(made, languages):
    made.file.output.mkdir(exist_ok=True)
    path = made.file.output / calibration_file("rules")
    write_json(path, calibration(languages))
    return path, collect(made, calibration=found_for(made.file.output, None))


def cells(record, name="some"):
    setting = next(one for one in record["settings"] if one["name"] == name)
    return setting, setting["numbers"]["harmful_refused"]


def test_rates_stand_beside_the_raw_ones(made):
    path, result = calibrated(made, ["en", *made.slices["aligned"]])
    record = record_of(result)
    setting, refused = cells(record)
    expected = (0.5 + 0.95 - 1) / (0.8 + 0.95 - 1)
    aligned = refused["aligned"]["mean"]
    assert aligned["value"] == 0.5  # the raw one stays
    assert aligned["corrected"]["value"] == pytest.approx(expected)
    errors = JudgeErrors(sensitivity=SENSITIVITY, specificity=SPECIFICITY, own=0.5)
    numbers = next(one.numbers for one in result.settings if one.planned.name == "some")
    rates = [(numbers.rates["harmful_refused"][tag], errors) for tag in made.slices["aligned"]]
    raw = Estimate(aligned["value"], aligned["low"], aligned["high"], 40, BOOTSTRAP)
    assert aligned["corrected"] == corrected_mean(raw, rates).as_dict()
    assert aligned["corrected"]["high"] - aligned["corrected"]["low"] > aligned["high"] - aligned["low"]
    assert "corrected" not in refused["aligned"]["worst"]
    assert "corrected" not in refused["unseen"]["mean"]  # of which nobody labelled any
    assert setting["languages_corrected"]["harmful_refused"]["sw"]["value"] == pytest.approx(expected)
    assert "ko" not in setting["languages_corrected"]["harmful_refused"]
    assert set(setting["languages_corrected"]) == {"harmful_refused"}  # labels say nothing of the others
    signed = record["judge_calibration"]
    assert (signed["file"], signed["hash"], signed["labels"]) == (path.name, sampled_hash(path), 200)
    page = render(json.loads(json.dumps(without_nan(record)))).replace("\u00a0", " ")
    assert '<small class="corrected">corrected 60 % (' in page
    assert "200 labels of responses of another" in page


def test_a_rate_over_seeds_is_no_better_known_than_that_of_as_many_responses(made):
    """Two seeds of 40 prompts: the corrected rate of a language has at least the width that 80 responses give."""
    _, result = calibrated(made, ["en"])
    found = cells(record_of(result))[0]["languages_corrected"]["harmful_refused"]["en"]
    alone = corrected_rate(60, 80, SENSITIVITY, SPECIFICITY)
    assert found["value"] == pytest.approx(alone.value)
    assert found["low"] <= alone.low + 1e-9
    assert found["high"] >= alone.high - 1e-9


def test_tables_have_them_too(made, capsys):
    from isoglot.cli.commands.sweep import _show
    from isoglot.sweep.tables import settings_table

    _, result = calibrated(made, ["en", *made.slices["aligned"]])
    header, *rows = (line.split(",") for line in settings_table(result).splitlines())
    found = [dict(zip(header, row, strict=True)) for row in rows]
    means = {
        (row["setting"], row["measure"], row["slice"]): row["corrected"] for row in found if row["statistic"] == "mean"
    }
    assert float(means["some", "harmful_refused", "aligned"]) == pytest.approx(0.6)
    assert means["some", "harmful_refused", "unseen"] == means["some", "harmless_refused", "aligned"] == ""
    _show(record_of(result))
    out = " ".join(capsys.readouterr().out.split())
    assert "raw → corrected for the judge's errors" in out
    assert "50 % → 60 % (" in out
    assert "Corrected by calibration.rules.json: 200 labels of responses of another" in out


def test_without_a_calibration_nothing_is_said_of_one(made, capsys):
    from isoglot.cli.commands.sweep import _show

    record = record_of(collect(made))
    assert record["judge_calibration"] is None
    assert "corrected" not in cells(record)[1]["aligned"]["mean"]
    assert "orrected" not in render(json.loads(json.dumps(without_nan(record)))).partition("<body>")[2]
    _show(record)
    assert "orrected" not in capsys.readouterr().out


def test_one_of_another_version_is_named_and_not_used_and_one_that_is_given_must_be_there(made, works, tmp_path):
    other = tmp_path / "other.json"
    write_json(other, calibration(["en"], version="0"))
    result = sweep(made, work=works.finish, calibration=other)
    assert any(f"expected labels of rules, version {RuleJudge.version}, got of rules, version 0" in note
               for note in record_of(result)["notes"])  # fmt: skip
    assert record_of(result)["judge_calibration"] is None
    right = tmp_path / "calibrations" / calibration_file("rules")
    write_json(right, calibration(["en"]))
    assert record_of(sweep(made, work=works.finish))["judge_calibration"]["labels"] == 200
    with pytest.raises(MissingFileError, match=r"none\.json"):
        sweep(made, work=works.finish, calibration=tmp_path / "none.json")


def test_failed_responses_are_in_no_count(made, works):
    for trial in made.trials:
        works.write_result(trial, {"en": 0.5})
        record = json.loads((trial.folder / "trial.json").read_text())
        record["outcomes"]["harmful_refused"]["en"] = "1-0-" * 10
        write_json(trial.folder / "trial.json", record)
    numbers = next(one.numbers for one in collect(made).settings if one.planned.name == "some")
    rate = numbers.rates["harmful_refused"]["en"]
    assert (rate.value, rate.n) == (0.5, 40)
    assert np.isfinite(rate.low)
