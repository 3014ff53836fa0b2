"""Sweeps: a real one that is killed and goes on, and what is run again and what is not."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import time

import pytest
import yaml

from isoglot.cli import main
from isoglot.errors import RunError
from isoglot.evaluate import judge_with
from isoglot.judges import RuleJudge
from isoglot.runs.folder import held
from isoglot.sweep import SweepFile, plan, sweep
from isoglot.sweep.trial import same_work
from isoglot.sweep.worker import run_trial

pytestmark = pytest.mark.training


def finished(folder):
    return {path: path.stat().st_mtime_ns for path in folder.rglob("trial.json")}


@pytest.mark.skipif(os.name == "nt", reason="signals of another kind")
def test_a_killed_sweep_goes_on_and_a_failing_trial_is_told(values, data, tmp_path, monkeypatch, capsys):
    settings = [{"name": "dpo", "consistency": None}, {"name": "broken", "data.preferences": str(data / "bad.jsonl")}]
    made = values(seeds=[0], settings=[*settings, {"name": "term"}], processes=1)
    path, trials = tmp_path / "sweep.yaml", tmp_path / "out" / "trials"
    path.write_text(yaml.safe_dump(made))
    line = [sys.executable, "-m", "isoglot.cli", "sweep", str(path)]
    running = subprocess.Popen(line, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 120
    while not any("seed-0" in str(found) for found in finished(trials)) and time.monotonic() < deadline:
        assert running.poll() is None
        time.sleep(0.02)
    running.send_signal(signal.SIGKILL)
    running.wait()
    before = finished(trials)
    assert before
    assert not (tmp_path / "out" / "sweep.json").exists()

    with pytest.raises(SystemExit) as ended:
        main(["sweep", str(path), "--json"])
    out, err = capsys.readouterr()
    assert ended.value.code == 1, err
    assert "1 of 4 trials failed; the same command tries them again:" in err
    assert "broken, seed 0: " in err
    assert f"The page is {tmp_path / 'out' / 'sweep.html'}: open it in a browser." in err
    assert "Traceback" not in err
    after = finished(trials)
    assert len(after) == 3
    assert {found: after[found] for found in before} == before
    record = json.loads(out)
    assert record["failures"][0]["trial"] == "broken, seed 0"
    assert [one["name"] for one in record["settings"]] == ["base", "dpo", "broken", "term"]
    assert any("One seed" in note for note in record["notes"])
    assert not list(trials.rglob("*.safetensors"))
    assert not list(trials.rglob("checkpoints"))
    metrics = next(trials.glob("dpo-*")) / "seed-0" / "metrics.json"
    kinds = json.loads(metrics.read_text())["kinds"]
    judge_with(metrics.parent)  # by the same rules, which expect the languages of the test
    again = json.loads(metrics.read_text())
    assert again["kinds"] == kinds
    assert set(again["protocol"]["judge_settings"]["candidates"]) == set(kinds["harmful"]["languages"])
    shown = record["settings"][1]["numbers"]["harmful_refused"]["pivot"]["mean"]["value"]
    assert shown == kinds["harmful"]["languages"]["en"]["refused"]["value"]
    for name in ("trials.csv", "settings.csv", "sweep.json", "sweep.html"):
        assert (tmp_path / "out" / name).stat().st_size > 0

    monkeypatch.setattr(RuleJudge, "version", "newer")  # the answers on disk are judged again; nothing is trained
    trial = next(trial for trial in plan(SweepFile.read(path)).trials if trial.name == "dpo")
    assert trial.result() is None
    assert run_trial(trial) is None
    assert trial.result()["protocol"]["judge_version"] == "newer"
    assert not trial.weights()


def test_only_what_is_new_is_run_and_failed_trials_again(planned, works, tmp_path):
    folder = tmp_path / "out"
    settings = [{"name": "a", "consistency.weight": 1}, {"name": "broken", "consistency.weight": 3}]
    first = sweep(planned(settings=settings, seeds=[0], processes=1), work=works.finish)
    assert list(first.failures) == ["broken, seed 0"]
    before = finished(folder)
    assert len(before) == 2
    (folder / "trials" / "x.tmp").touch()

    settings[1]["name"] = "mended"  # the same settings by another name
    second = sweep(planned(settings=settings, seeds=[0, 1], processes=1), work=works.finish)
    assert not second.failures
    after = finished(folder)
    assert {path: after[path] for path in before} == before
    assert len(after) == 6
    with open(folder / "trials.csv", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == (2 + 4) * 4 * 3 * 2  # base and two settings, two seeds; measures, slices, statistics
    assert {row["weight"] for row in rows} == {"", "1", "3"}

    third = sweep(planned(settings=settings, seeds=[0, 1], processes=1), work=None)  # nothing is left to do
    assert not third.failures
    assert finished(folder) == after


def test_trials_share_the_states_from_before_training(planned, data, tmp_path):
    peft = {"r": 2, "target_modules": "all-linear"}
    made = planned(settings=[{"name": "lora", "peft": peft, "data.groups": str(data / "0" / "groups.jsonl")}])
    trials = [trial for trial in made.trials if trial.run is not None]
    states = tmp_path / "out" / "reference"
    assert run_trial(trials[0]) is None
    first = {path: path.stat().st_mtime_ns for path in states.rglob("*.safetensors")}
    assert first
    assert run_trial(trials[1]) is None
    assert {trial.seed for trial in trials} == {0, 1}
    assert {path: path.stat().st_mtime_ns for path in states.rglob("*.safetensors")} == first
    assert not any((trial.folder / "reference").exists() for trial in trials)


def test_other_data_are_another_result(planned, works, data):
    made = planned(seeds=[0])
    works.write_result(made.trials[-1])
    assert made.trials[-1].result() is not None
    file = data / "0" / "preferences.jsonl"
    text = file.read_text()
    try:
        file.write_text(text + text.splitlines()[0] + "\n")
        assert planned(seeds=[0]).trials[-1].result() is None
    finally:
        file.write_text(text)
    assert planned(seeds=[0], evaluate=dict(made_evaluate(data), max_new_tokens=5)).trials[-1].result() is None
    assert planned(seeds=[0], evaluate=dict(made_evaluate(data), batch_size=2)).trials[-1].result() is not None


def made_evaluate(data):
    return {"groups": str(data / "{seed}" / "test.jsonl"), "max_new_tokens": 4}


def test_settings_of_later_versions_do_not_undo_a_result():
    key = {"run": {"method": "dpo", "consistency": {"weight": 1.0}}, "inputs": {"groups": "a"}}
    later = {"run": {"method": "dpo", "consistency": {"weight": 1.0, "new": 0}}, "inputs": {"groups": "a"}}
    assert same_work(key, later)
    assert not same_work(later, key)
    assert not same_work(key, {"run": {"method": "dpo", "consistency": {"weight": 2.0}}, "inputs": {"groups": "a"}})
    assert not same_work(key, {"run": {"method": "dpo"}, "inputs": {"groups": "a"}})
    assert not same_work(key, key | {"inputs": {"groups": "b"}})


def test_a_result_from_before_there_were_spaces_is_of_the_states_themselves():
    key = {"run": {"consistency": {"weight": 2.0}}, "inputs": {}}
    then = {"run": {"consistency": {"weight": 2.0, "space": "raw", "budget": None}}, "inputs": {}}
    now = {"run": {"consistency": {"weight": 2.0, "space": "standardized", "budget": 0.5}}, "inputs": {}}
    assert same_work(key, then)
    assert not same_work(key, now)


def test_two_sweeps_in_one_folder_are_refused(planned, tmp_path):
    made = planned(seeds=[0])
    with held(tmp_path / "out"), pytest.raises(RunError, match="no other process at work in it"):
        sweep(made, work=None)


def test_a_folder_with_other_files_is_left_alone(planned, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.tex").write_text("precious")
    with pytest.raises(RunError, match="a folder with other files"):
        sweep(planned(seeds=[0]), work=None)


def test_what_is_gone_on_with_and_what_begins_anew(planned):
    trial = planned(seeds=[0], settings=[{"name": "dpo", "consistency": None}]).trials[-1]
    left = trial.folder / "checkpoints"
    left.mkdir(parents=True)
    trial.prepare()
    assert not left.exists()  # nobody knows of what it was
    left.mkdir()
    trial.prepare()
    assert left.exists()
    trial.record_failure("no memory")
    trial.prepare()
    assert not left.exists()
