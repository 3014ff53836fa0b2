"""What the doctor finds: in this environment, in one that lacks something, and in run directories."""

from __future__ import annotations

import importlib.metadata
import json
import sys
from pathlib import Path

import pytest

from isoglot.doctor import FINE, MISSING, WRONG, look_at_machine, look_at_runs, machine
from isoglot.evaluate import judge_with
from isoglot.files import write_json


def test_what_is_installed_is_fine_with_its_version(tmp_path):
    found = {one.what: one for one in look_at_machine(tmp_path)}
    for name in ("torch", "transformers", "pydantic"):
        assert (found[name].state, found[name].found) == (FINE, importlib.metadata.version(name))
    assert f"trl {importlib.metadata.version('trl')}" in found["extra train"].found
    assert {"python", "accelerator", "memory", "disk", "model hub"} <= found.keys()
    assert not [one for one in found.values() if one.state == WRONG]


def test_one_thread_is_no_threads(monkeypatch):
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    monkeypatch.setattr("torch.backends.mps.is_available", lambda: False)
    monkeypatch.setattr("torch.get_num_threads", lambda: 1)
    monkeypatch.setattr(machine.os, "cpu_count", lambda: 2)
    assert machine._accelerator().found == "none: torch computes on the CPU, with 1 thread of 2 processors"


def test_what_is_missing_or_too_old_says_how_to_get_it(tmp_path, monkeypatch):
    wanted = [
        "nothing-of-the-kind>=3",
        "torch>=99",
        "numpy>=1",
        "unneeded>=1; python_version < '3'",
        "extra>=1; extra == 'x'",
    ]
    monkeypatch.setattr(importlib.metadata, "requires", lambda name: wanted if name == "isoglot" else None)
    monkeypatch.setitem(sys.modules, "trl", None)
    found = {one.what: one for one in look_at_machine(tmp_path)}
    assert found["nothing-of-the-kind"][1:] == (WRONG, "not installed", "Run: pip install 'nothing-of-the-kind>=3'")
    assert (found["torch"].state, found["numpy"].state) == (WRONG, FINE)
    assert not {"unneeded", "extra"} & found.keys()
    assert found["extra train"][1:] == (MISSING, "without trl (not installed)", "Run: pip install 'isoglot[train]'")


def test_a_folder_that_cannot_be_written_and_one_that_is_small(tmp_path, monkeypatch):
    def refuse(**_):
        raise PermissionError(13, "Permission denied")

    assert machine._disk(tmp_path / "not" / "there").state in (FINE, MISSING)
    monkeypatch.setattr(machine, "ENOUGH", 2**80)
    assert machine._disk(tmp_path).state == MISSING
    monkeypatch.setattr(machine.tempfile, "TemporaryFile", refuse)
    assert machine._disk(tmp_path).state == WRONG


def test_no_token_is_shown(tmp_path, monkeypatch, call):
    monkeypatch.setenv("HF_TOKEN", "hf_planted")
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    status, out, err = call("doctor", "--json")
    assert status == 0
    (hub,) = [one for one in json.loads(out)["findings"] if one["what"] == "model hub"]
    assert hub["found"] == "off by HF_HUB_OFFLINE; a token is set"
    assert "planted" not in out + err


@pytest.fixture
def run(tmp_path):
    folder = tmp_path / "run"
    folder.mkdir()
    (folder / "run.yaml").write_text("method: dpo\n")
    write_json(folder / "environment.json", {"finished": False})
    part = folder / "evaluations" / "prompts-1"
    part.mkdir(parents=True)
    line = {"group": "1", "language": "en", "prompt": "?", "response": "!"}
    (part / "responses.jsonl").write_text(json.dumps(line) + "\n")
    write_json(part / "protocol.json", {"prompts": 2})
    return folder


def test_a_run_says_what_is_not_finished_and_what_next(run, tmp_path):
    found = {one.what: one for one in look_at_runs([run, tmp_path / "nowhere"])}
    assert found[f"{run}, training"][1:] == (MISSING, "not finished", f"isoglot train {run / 'run.yaml'}")
    part = run / "evaluations" / "prompts-1"
    assert found[str(part)][1:] == (MISSING, "not judged", f"isoglot judge {part}")
    assert found[str(tmp_path / "nowhere")].state == WRONG
    write_json(run / "environment.json", {"finished": True})
    write_json(part / "protocol.json", {"prompts": 2, "answered": 1, "judge": "rules"})
    (part / "verdicts.rules.jsonl").write_text("")
    found = {one.what: one for one in look_at_runs([run])}
    assert found[f"{run}, training"].state == FINE
    assert found[str(part)].found == "1 of 2 answered, judged by rules"
    assert found[str(part)].state == MISSING


def test_each_of_several_evaluations_is_looked_at(run):
    write_json(run / "environment.json", {"finished": True})
    for place, folder in enumerate([run / "evaluations" / "test-2", run]):
        folder.mkdir(parents=True, exist_ok=True)
        line = {"group": "1", "language": "en", "prompt": "?", "response": "!"}
        (folder / "responses.jsonl").write_text(json.dumps(line) + "\n" + "{}\n" * place)
        (folder / "verdicts.rules.jsonl").write_text("")
        write_json(folder / "protocol.json", {"prompts": 1, "answered": 1, "judge": "rules"})
    found = list(look_at_runs([run]))
    assert not [one for one in found if one.state == WRONG]
    states = {one.what: one.state for one in found}
    assert states[str(run)] == states[str(run / "evaluations" / "test-2")] == FINE
    assert states[str(run / "evaluations" / "prompts-1")] == MISSING
    assert len(found) == len(set(found))
    (broken,) = [one for one in found if one.what.endswith("responses.jsonl")]
    assert (broken.what, broken.state) == (f"{run}, responses.jsonl", MISSING)
    assert f"{run / 'evaluations' / 'test-2'}, metrics.json" in states


class Silent:
    """Fails on everything."""

    name, version = "silent", "1"

    def __call__(self, prompt, response, *, language, kind):
        raise TimeoutError("no answer")


@pytest.mark.filterwarnings("ignore:judge ")
def test_a_judge_that_gave_no_verdict_at_all_is_told(run):
    part = run / "evaluations" / "prompts-1"
    write_json(part / "protocol.json", {"prompts": 1})
    judge_with(part, [Silent()])
    step = f"Mend it and give isoglot judge {part} --with ... again"
    found = {one.what: one for one in look_at_runs([run])}
    assert found[str(part)][1:] == (WRONG, "1 of 1 answered, no verdict on any by silent", step)
    judge_with(part, ["rules"])
    found = {one.what: one for one in look_at_runs([run])}
    assert found[str(part)][1:] == (MISSING, "1 of 1 answered, judged by rules; no verdict on any by silent", step)


def test_a_run_without_prompt_groups_lacks_no_spectrum(run):
    what = f"{run}, spectrum.json"
    for text, missing in (
        ("data: {preferences: a.jsonl}", False),
        ("data: {preferences: a.jsonl, groups: g.jsonl}", True),
        ("{data: {preferences: a.jsonl, groups: g.jsonl}, spectrum: false}", False),
    ):
        (run / "run.yaml").write_text(text + "\n")
        assert (what in {one.what for one in look_at_runs([run])}) == missing, text


def test_a_path_is_said_once_and_the_table_is_as_wide_as_asked(call, tmp_path, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    status, out, err = call("doctor", tmp_path / "nowhere")
    assert status == 1
    assert err.count(str(tmp_path / "nowhere")) == 1
    assert max(map(len, out.splitlines())) <= 80


def test_the_command(call, run):
    status, out, err = call("doctor", run)
    assert status == 0
    assert "torch" in out
    assert "not finished" in err
    status, _, err = call("doctor", Path(run) / "none")
    assert status == 1
    assert "expected a run directory" in err
