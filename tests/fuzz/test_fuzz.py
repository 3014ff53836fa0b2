"""Hundreds of damaged inputs of every kind: each command says what is wrong in a sentence, or does without."""

from __future__ import annotations

import shutil
import sys

import pytest

import isoglot.quickstart  # noqa: F401 - its module is patched

from .conftest import Done, files_in

pytestmark = pytest.mark.training


def test_run_files(survives, whole):
    survives("run file", 40, whole, ["run.yaml"], lambda copy: ["train", copy / "run.yaml"])


def test_sweep_files(survives, whole):
    survives("sweep file", 30, whole, ["sweep.yaml"], lambda copy: ["sweep", copy / "sweep.yaml"])


@pytest.mark.parametrize("file", ["groups.jsonl", "groups.json", "groups.csv", "groups.parquet"])
def test_groups(survives, whole, model, file):
    def command(copy):
        return ["evaluate", model, "--prompts", copy / file, "--max-new-tokens", "2", "--output", copy / "out"]

    survives(file, 20, whole, [file], command)


def test_groups_and_marks_checked(survives, whole):
    (whole / "marks.jsonl").write_text('{"id": "a", "language": "sw", "mark": "keep", "hash": "0"}\n')

    def command(copy):
        return ["check", copy / "groups.jsonl", "--marks", copy / "marks.jsonl", "-o", copy / "out"]

    survives("check", 10, whole, ["groups.jsonl", "marks.jsonl"], command)


@pytest.mark.parametrize("file", ["pairs.jsonl", "pairs.json"])
def test_alignment_data(survives, whole, file):
    def command(copy):
        text = (copy / "run.yaml").read_text().replace(f"{whole}/pairs.jsonl", f"{copy}/{file}")
        (copy / "run.yaml").write_text(text)
        return ["train", copy / "run.yaml"]

    survives(file, 20, whole, [file], command)


def test_model_folders(survives, model):
    files = files_in(model, "*.json", "*.jinja", "*.safetensors")
    asked = ["--max-new-tokens", "2", "--output", "out", "--prompts"]
    prompts = model.parent / "prompts.jsonl"
    prompts.write_text('{"id": "a", "kind": "harmful", "prompts": {"en": "How?"}}\n')
    survives("model", 40, model, files, lambda copy: ["evaluate", copy, *asked, prompts])


def test_run_folders_reported(survives, run_folder):
    files = files_in(run_folder, "*.json", "*.jsonl", "run.yaml")
    files = [file for file in files if "checkpoint" not in file and "token" not in file]
    survives("report", 50, run_folder, files, lambda copy: ["report", copy, "--output", copy.parent / "page.html"])


def test_run_folders_compared(survives, run_folder):
    files = ["responses.jsonl", "protocol.json", "verdicts.rules.jsonl", "meta.json"]
    survives("compare", 12, run_folder, files, lambda copy: ["compare", run_folder, copy, "--anyway"])


def test_run_folders_judged(survives, run_folder):
    files = ["responses.jsonl", "protocol.json", "verdicts.rules.jsonl", "metrics.json"]
    survives("judge", 40, run_folder, files, lambda copy: ["judge", copy])


def test_run_folders_evaluated_again(survives, run_folder, whole):
    files = ["responses.jsonl", "protocol.json", "environment.json", "run.yaml", "adapter_config.json"]
    asked = ["--prompts", whole / "test.jsonl", "--max-new-tokens", "2"]
    survives("again", 20, run_folder, files, lambda copy: ["evaluate", copy, *asked])


def test_run_folders_gone_on_with(survives, run_folder):
    shutil.copy(run_folder.parent / "run.yaml", run_folder / "asked.yaml")
    files = files_in(run_folder, "environment.json", "run.yaml", "log.jsonl", "spectrum.json")
    files += files_in(run_folder, "checkpoints/**/isoglot.json", "checkpoints/**/trainer_state.json")
    files += files_in(run_folder, "reference/**/*.safetensors")

    def command(copy):
        path = copy / "environment.json"
        if path.is_file():  # as if stopped before its end
            path.write_bytes(path.read_bytes().replace(b'"finished": true', b'"finished": false'))
        text = (copy / "asked.yaml").read_text().replace(f"output: {run_folder}", f"output: {copy}")
        (copy / "asked.yaml").write_text(text)
        return ["train", copy / "asked.yaml"]

    survives("go on", 20, run_folder, files, command)


def test_sweeps_gone_on_with(survives, sweep_folder, whole):
    files = [f"sweep/{name}" for name in files_in(sweep_folder, "trial.json", "started.json")]
    survives("sweep", 20, whole, files, lambda copy: ["sweep", copy / "sweep.yaml"])


def test_quickstarts_gone_on_with(survives, tmp_path, monkeypatch):
    def stop(*_, **__):
        raise Done("here it would begin")

    monkeypatch.setattr(sys.modules["isoglot.quickstart.run"], "_write_data", stop)
    folder = tmp_path / "begun"
    folder.mkdir()
    (folder / "settings.json").write_text('{"seed": 0, "fast": true}')
    survives("quickstart", 20, folder, ["settings.json"], lambda copy: ["quickstart", "--fast", "--output", copy])
